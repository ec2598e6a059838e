package dev.wings.sftp.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// OpenSSH's `sshd` with its internal SFTP server, on a free port.
final class OpenSshServer implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/sshd");

  private final Process process;
  private final int port;

  private OpenSshServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static boolean installed() {
    return Files.isExecutable(PROGRAM);
  }

  /// @param publicKey of the user who may log in, the one that runs the benchmark
  static OpenSshServer start(Path directory, Path publicKey)
      throws IOException, InterruptedException {
    Files.createDirectories(Path.of("/run/sshd"));
    Path hostKey = directory.resolve("host_key");
    new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey.toString())
        .inheritIO()
        .start()
        .waitFor();
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path configuration = directory.resolve("sshd_config");
    Files.write(
        configuration,
        List.of(
            "Port " + port,
            "ListenAddress 127.0.0.1",
            "HostKey " + hostKey,
            "AuthorizedKeysFile " + publicKey,
            "StrictModes no",
            "PermitRootLogin prohibit-password",
            "UsePAM no",
            "PidFile none",
            "Subsystem sftp internal-sftp"));
    Process process =
        new ProcessBuilder(PROGRAM.toString(), "-D", "-f", configuration.toString())
            .redirectError(directory.resolve("sshd.log").toFile())
            .start();
    for (int i = 0; i < 100; i++) {
      try (Socket probe = new Socket(java.net.InetAddress.getLoopbackAddress(), port)) {
        return new OpenSshServer(process, probe.getPort());
      } catch (IOException notYet) {
        Thread.sleep(50);
      }
    }
    throw new IOException("sshd does not listen: " + directory.resolve("sshd.log"));
  }

  int port() {
    return port;
  }

  /// CPU seconds of the server and of the processes that have served connections which ended.
  double cpuSeconds() throws IOException {
    String[] fields = Files.readString(Path.of("/proc/" + process.pid() + "/stat")).split(" ", -1);
    long ticks = 0;
    for (int i = 13; i <= 16; i++) { // utime, stime, cutime, cstime
      ticks += Long.parseLong(fields[i]);
    }
    return ticks / 100.0;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
