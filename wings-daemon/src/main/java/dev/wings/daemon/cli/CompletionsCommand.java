package dev.wings.daemon.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "completions",
    description = "Prints a completion script for bash or zsh.",
    mixinStandardHelpOptions = true)
final class CompletionsCommand implements Callable<Integer> {
  @ParentCommand private @Nullable WingsCommand wings;
  @Spec private @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "SHELL", description = "bash or zsh")
  private String shell = "bash";

  @Override
  public Integer call() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw dev.wings.core.WingsException.invalid("shell: '" + shell + "' (expected: bash or zsh)");
    }
    CommandSpec own = java.util.Objects.requireNonNull(spec);
    java.util.Objects.requireNonNull(wings)
        .out()
        .println(AutoComplete.bash("wings", own.root().commandLine()));
    return 0;
  }
}
