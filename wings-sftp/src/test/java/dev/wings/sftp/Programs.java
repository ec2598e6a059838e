package dev.wings.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.junit.jupiter.api.Assumptions;

/// Programs of other people that are run against the server, with a key that it accepts.
final class Programs {
  private static final int PATIENCE_SECONDS = 100;

  private final TestServer server;
  private final Path directory;
  private final Path local;
  private final Path key;

  /// What a program did.
  record Outcome(int status, String output) {}

  /// @param directory gets their working directory, named `local`, their output and the key
  Programs(TestServer server, Path directory) throws IOException, GeneralSecurityException {
    this.server = server;
    this.directory = directory;
    this.local = Files.createDirectory(directory.resolve("local"));
    KeyPair pair = SshTestClient.key();
    server.key(TestServer.USER, SshTestClient.line(pair));
    key = directory.resolve("key");
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (var out = Files.newOutputStream(key)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "test", null, out);
    }
  }

  /// Skips the test, and says so, when a program is missing.
  static void require(String program, String packageName) {
    boolean there = Files.isExecutable(Path.of("/usr/bin", program));
    require(there, "/usr/bin/" + program + " is missing (" + packageName + ")");
  }

  static void require(boolean condition, String reason) {
    if (!condition) {
      System.err.println("skipped: " + reason);
    }
    Assumptions.assumeTrue(condition, reason);
  }

  Path local() {
    return local;
  }

  Path key() {
    return key;
  }

  /// Where a client is to log in.
  static String host() {
    return TestServer.USER + "@127.0.0.1";
  }

  /// A program of OpenSSH with the options that make it ask nobody.
  List<String> openSsh(String program) {
    List<String> command = new ArrayList<>(List.of(program, "-F", "none"));
    for (String option :
        List.of(
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "IdentitiesOnly=yes",
            "Port=" + server.port(),
            "IdentityFile=" + key)) {
      command.addAll(List.of("-o", option));
    }
    return command;
  }

  /// Runs a program to its end.
  Outcome run(String input, List<String> base, String... more)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", "");
    Process process = start(output, input, base, more);
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError(base + " hangs: " + Files.readString(output));
    }
    return new Outcome(process.exitValue(), Files.readString(output));
  }

  /// Starts a program that is not waited for.
  Process start(Path output, String input, List<String> base, String... more) throws IOException {
    List<String> command = new ArrayList<>(base);
    command.addAll(Arrays.asList(more));
    ProcessBuilder builder = new ProcessBuilder(command).directory(local.toFile());
    builder.environment().remove("SSH_AUTH_SOCK");
    builder.environment().put("HOME", directory.toString());
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Process process = builder.start();
    try (var in = process.outputWriter(UTF_8)) {
      in.write(input);
    }
    return process;
  }

  /// OpenSSH's client with commands from its standard input.
  Outcome sftp(String commands, String... options) throws IOException, InterruptedException {
    List<String> base = new ArrayList<>(openSsh("sftp"));
    base.addAll(Arrays.asList(options));
    return run(commands, base, "-b", "-", host());
  }
}
