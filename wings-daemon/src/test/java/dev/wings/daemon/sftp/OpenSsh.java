package dev.wings.daemon.sftp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real clients of OpenSSH: `sftp`, `scp` and `ssh`, talking to a server on this machine.
public final class OpenSsh {
  private static final int SECONDS = 60;

  private final Path directory;
  private final int port;
  private final String user;
  private String password = "";
  private Path key = Path.of("/dev/null");

  /// What a program left behind.
  ///
  /// @param output standard output and standard error
  public record Result(int status, String output) {}

  /// @param directory for files of the clients
  public OpenSsh(Path directory, int port, String user) {
    this.directory = directory;
    this.port = port;
    this.user = user;
  }

  /// Skips the test where the programs are missing.
  public static void require() {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/sftp")) && Files.isExecutable(Path.of("/usr/bin/ssh")),
        "sftp and ssh are not installed");
  }

  public OpenSsh password(String secret) {
    password = secret;
    return this;
  }

  public OpenSsh key(Path privateKey) {
    key = privateKey;
    return this;
  }

  /// Makes a key pair.
  ///
  /// @return the private key; the public one lies beside it with `.pub`
  public static Path newKey(Path directory) throws IOException, InterruptedException {
    Path file = directory.resolve("id_test");
    Process made =
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
            .inheritIO()
            .start();
    if (made.waitFor() != 0) {
      throw new IOException("ssh-keygen failed");
    }
    return file;
  }

  /// Algorithm and base64 of a public key.
  public static String line(Path privateKey) throws IOException {
    String[] parts = Files.readString(Path.of(privateKey + ".pub")).split(" ");
    return parts[0] + " " + parts[1];
  }

  /// Runs commands of `sftp`, stopping at the first that fails.
  public Result sftp(String... commands) throws IOException, InterruptedException {
    return sftp(List.of(), commands);
  }

  public Result sftp(List<String> options, String... commands)
      throws IOException, InterruptedException {
    return finish(startSftp(options, commands));
  }

  public Process startSftp(List<String> options, String... commands) throws IOException {
    Path batch = Files.createTempFile(directory, "batch", "");
    Files.writeString(batch, String.join("\n", commands) + "\n");
    List<String> command = command("/usr/bin/sftp", "-P");
    command.addAll(options);
    command.addAll(List.of("-b", batch.toString(), user + "@127.0.0.1"));
    return start(command);
  }

  /// Runs `ssh` with these arguments behind the host.
  public Process startSsh(List<String> options, String... remote) throws IOException {
    List<String> command = command("/usr/bin/ssh", "-p");
    command.addAll(options);
    command.add(user + "@127.0.0.1");
    command.addAll(List.of(remote));
    return start(command);
  }

  public Result ssh(String... remote) throws IOException, InterruptedException {
    return finish(startSsh(List.of(), remote));
  }

  /// @param arguments with `:` before paths on the server
  public Result scp(List<String> options, String from, String to)
      throws IOException, InterruptedException {
    List<String> command = command("/usr/bin/scp", "-P");
    command.addAll(options);
    command.add(from.startsWith(":") ? user + "@127.0.0.1" + from : from);
    command.add(to.startsWith(":") ? user + "@127.0.0.1" + to : to);
    return finish(start(command));
  }

  private List<String> command(String program, String portOption) {
    List<String> command = new ArrayList<>(List.of(program, portOption, String.valueOf(port)));
    for (String option :
        List.of(
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "GlobalKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "ConnectTimeout=20",
            "NumberOfPasswordPrompts=1",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "BatchMode=no",
            "IdentityFile=" + key,
            "PreferredAuthentications=" + (password.isEmpty() ? "publickey" : "password"))) {
      command.add("-o");
      command.add(option);
    }
    return command;
  }

  private Process start(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path askpass = directory.resolve("askpass");
    Files.writeString(askpass, "#!/bin/sh\necho \"$TEST_PASSWORD\"\n");
    Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
    builder.environment().put("SSH_ASKPASS", askpass.toString());
    builder.environment().put("SSH_ASKPASS_REQUIRE", "force");
    builder.environment().put("TEST_PASSWORD", password);
    return builder.start();
  }

  public static Result finish(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("no end within " + SECONDS + " s: " + output);
    }
    return new Result(process.exitValue(), output);
  }
}
