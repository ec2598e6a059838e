package dev.wings.daemon.cli;

import dev.wings.daemon.system.SystemProbe;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParentCommand;

@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  /// The answer to `--version`.
  static final class Line implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"wings " + Version.current()};
    }
  }

  @ParentCommand private @Nullable WingsCommand wings;

  @Override
  public Integer call() {
    java.util.Objects.requireNonNull(wings)
        .out()
        .println(
            "Wings for the JVM "
                + Version.current()
                + " ("
                + SystemProbe.architecture()
                + "-"
                + SystemProbe.operatingSystem()
                + ", Java "
                + Runtime.version()
                + ")\nCopyright (c) 2026 The Wings developers");
    return 0;
  }
}
