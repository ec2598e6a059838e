package dev.wings.daemon.bench;

import dev.wings.core.token.TokenIssuer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/// How fast whole files come and go over loopback, with `curl` on the other side: a signed download
/// and `files/write`, each of one GiB. Prints rate, processor time of the daemon for each GiB, and
/// its largest resident memory.
final class TransferBench {
  private static final long BYTES = 1L << 30;
  private static final int ROUNDS = 5;

  private final BenchDaemon daemon;
  private final UUID server;
  private final Path big;

  TransferBench(BenchDaemon daemon, UUID server, Path volume) throws IOException {
    this.daemon = daemon;
    this.server = server;
    this.big = volume.resolve("big");
    byte[] block = new byte[1 << 20];
    new java.util.Random(1).nextBytes(block);
    try (OutputStream out = Files.newOutputStream(big)) {
      for (long done = 0; done < BYTES; done += block.length) {
        out.write(block);
      }
    }
    try (FileChannel channel = FileChannel.open(big, StandardOpenOption.WRITE)) {
      channel.force(true); // so that writing it back does not run beside the measurement
    }
  }

  void run() throws IOException, InterruptedException {
    TokenIssuer issuer = new TokenIssuer(daemon.token(), InstantSource.system());
    String address = "http://127.0.0.1:" + daemon.port();
    measure(
        "signed download of 1 GiB",
        () ->
            List.of(
                "curl",
                "-sf",
                "-o",
                "/dev/null",
                address
                    + "/download/file?token="
                    + issuer.fileDownload(
                        server, server, "big", List.of(), Duration.ofMinutes(10))));
    measure(
        "files/write of 1 GiB",
        () ->
            List.of(
                "curl",
                "-sf",
                "-o",
                "/dev/null",
                "-X",
                "POST",
                "-H",
                "Authorization: Bearer " + daemon.token(),
                "-H",
                "Expect:",
                "-T",
                big.toString(),
                address + "/api/servers/" + server + "/files/write?file=copy"));
  }

  private interface Command {
    List<String> arguments();
  }

  private void measure(String what, Command command) throws IOException, InterruptedException {
    StringBuilder figures = new StringBuilder();
    for (int round = 0; round < ROUNDS; round++) {
      double cpu = daemon.cpuSeconds();
      long begin = System.nanoTime();
      Process curl = new ProcessBuilder(command.arguments()).redirectErrorStream(true).start();
      try (InputStream output = curl.getInputStream()) {
        output.transferTo(OutputStream.nullOutputStream());
      }
      if (curl.waitFor() != 0) {
        throw new IOException("curl failed: " + what);
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      figures.append(
          "%,.0f MiB/s at %.2f CPU s; "
              .formatted(BYTES / 1048576.0 / seconds, daemon.cpuSeconds() - cpu));
    }
    System.out.println(what + ": " + figures + "peak RSS " + daemon.peakKib() / 1024 + " MiB");
  }
}
