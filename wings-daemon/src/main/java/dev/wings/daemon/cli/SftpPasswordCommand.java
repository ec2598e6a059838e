package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.daemon.local.SftpPassword;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `wings sftp-password`: the hash of a password, for `users.yml` of a stand-alone node. The
/// password is typed or comes from standard input, never from the command line, which every user of
/// the machine can see.
@Command(
    name = "sftp-password",
    description = "Prints the hash of a password for users.yml of a stand-alone node.",
    mixinStandardHelpOptions = true)
final class SftpPasswordCommand implements Callable<Integer> {
  private static final int SHORTEST = 8;

  @ParentCommand private @Nullable WingsCommand wings;

  @Option(names = "--stdin", description = "read the password from standard input")
  private boolean standardInput;

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    String password = standardInput ? read(parent) : typed();
    if (password.length() < SHORTEST) {
      throw WingsException.invalid(
          "password: " + password.length() + " characters (expected: at least 8)");
    }
    parent.out().println(SftpPassword.hash(password, new SecureRandom()));
    return 0;
  }

  private static String read(WingsCommand parent) throws IOException {
    String line =
        new BufferedReader(new InputStreamReader(parent.host().in(), StandardCharsets.UTF_8))
            .readLine();
    return line == null ? "" : line;
  }

  private static String typed() {
    Console terminal = System.console();
    if (terminal == null || !terminal.isTerminal()) {
      throw WingsException.invalid("no terminal: use --stdin");
    }
    char[] first = terminal.readPassword("Password: ");
    char[] second = terminal.readPassword("Once more: ");
    if (first == null || !Arrays.equals(first, second)) {
      throw WingsException.invalid("the two differ");
    }
    return new String(first);
  }
}
