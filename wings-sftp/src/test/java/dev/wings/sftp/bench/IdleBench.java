package dev.wings.sftp.bench;

import dev.wings.sftp.TestServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.kex.BuiltinDHFactories;

/// The memory of connections that have logged in, opened `sftp`, moved some data and do nothing
/// now. The clients run in a process of their own.
final class IdleBench {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;

  IdleBench(Path directory) {
    this.directory = directory;
  }

  void run(int connections) throws Exception {
    // ten times as fast a clock, because a node asks about 50 logins in 30 seconds only
    try (TestServer server =
        TestServer.start(
            directory.resolve("idle"),
            b -> TestServer.roomy().apply(b).clock(() -> System.nanoTime() * 10))) {
      server.limit(SftpBench.limits());
      Files.write(server.files().resolve("file"), new byte[256 * 1024]);
      hold(server, 20); // classes and pools
      long before = heap();
      try (Clients _ = new Clients(directory, server.port(), connections)) {
        int open = server.server().connections();
        long after = heap();
        System.out.printf(
            "idle: %d connections are open, %.1f KiB of heap each, %d threads%n",
            open,
            (after - before) / 1024.0 / open,
            ManagementFactory.getThreadMXBean().getThreadCount());
        if (System.getenv("HISTOGRAM") != null) {
          SftpBench.command(
              directory,
              "sh",
              "-c",
              "jcmd "
                  + ProcessHandle.current().pid()
                  + " GC.class_histogram > "
                  + System.getenv("HISTOGRAM"));
        }
      }
      while (server.server().connections() > 0) {
        Thread.sleep(100);
      }
      System.out.printf("      %.1f KiB in all are left behind%n", (heap() - before) / 1024.0);
    }
  }

  private void hold(TestServer server, int connections) throws Exception {
    new Clients(directory, server.port(), connections).close();
    while (server.server().connections() > 0) {
      Thread.sleep(100);
    }
  }

  private static long heap() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(200);
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /// A process with many connections.
  private static final class Clients implements AutoCloseable {
    private final Process process;

    Clients(Path directory, int port, int connections) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-Xmx1g",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  String.valueOf(port),
                  String.valueOf(connections))
              .redirectError(directory.resolve("clients.log").toFile())
              .start();
      String ready = process.inputReader(StandardCharsets.UTF_8).readLine();
      if (!"ready".equals(ready)) {
        throw new IOException(Files.readString(directory.resolve("clients.log")));
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }

  /// The clients' process.
  static final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
      SshClient client = SshClient.setUpDefaultClient();
      client.setKeyExchangeFactories( // the cheapest, so that a thousand are soon there
          NamedFactory.setUpTransformedFactories(
              false, List.of(BuiltinDHFactories.curve25519), ClientBuilder.DH2KEX));
      client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
      client.start();
      List<ClientSession> sessions = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
        ClientSession session =
            client
                .connect(
                    TestServer.USER,
                    new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])))
                .verify(PATIENCE)
                .getSession();
        session.addPasswordIdentity(TestServer.PASSWORD);
        session.auth().verify(PATIENCE);
        ChannelSubsystem sftp = session.createSubsystemChannel("sftp");
        sftp.open().verify(PATIENCE);
        exercise(sftp);
        sessions.add(session);
      }
      System.out.println("ready");
      Thread.sleep(Duration.ofDays(1));
      sessions.forEach(s -> s.close(true));
    }

    /// Reads a file of 256 KiB and writes it back.
    private static void exercise(ChannelSubsystem sftp) throws IOException {
      SftpTalk talk = new SftpTalk(sftp.getInvertedIn(), sftp.getInvertedOut());
      talk.readAndWriteBack("/file");
    }
  }
}
