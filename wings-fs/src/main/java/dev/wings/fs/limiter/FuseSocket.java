package dev.wings.fs.limiter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/// Talks to one `fusequota`: a line there, lines back, one command for each connection.
record FuseSocket(Path path) {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_ANSWER = 8 << 10;

  /// Whether a helper is there.
  boolean answers() {
    return ask().isPresent();
  }

  /// Bytes that the helper counted; empty when there is none.
  OptionalLong ask() {
    if (!Files.exists(path)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(used());
    } catch (IOException silent) {
      return OptionalLong.empty(); // left over from one that ended
    }
  }

  private long used() throws IOException {
    for (String line : command("get quota_used")) {
      String[] halves = line.split("=", 2);
      if (halves.length == 2
          && halves[0].strip().equals("quota_used")
          && halves[1].strip().matches("\\d{1,18}")) {
        return Long.parseLong(halves[1].strip());
      }
    }
    throw new IOException("fusequota at " + path + " does not say what is used");
  }

  /// @return lines of the answer, without the closing `OK`
  /// @throws LimiterException when the helper refuses the command
  List<String> command(String command) throws IOException {
    List<String> lines = exchange(command).lines().map(String::strip).toList();
    for (String line : lines) {
      if (line.startsWith("ERROR:")) {
        throw new LimiterException("fusequota refuses '%s': %s".formatted(command, line));
      }
    }
    if (lines.isEmpty() || !lines.getLast().equals("OK")) {
      throw new IOException("fusequota at %s breaks off after '%s'".formatted(path, command));
    }
    return lines.subList(0, lines.size() - 1);
  }

  private String exchange(String command) throws IOException {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.configureBlocking(false);
      ByteBuffer line = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        await(channel, selector, SelectionKey.OP_WRITE, end);
        channel.write(line);
      }
      channel.shutdownOutput();
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(1024);
      while (answer.size() < MAX_ANSWER) {
        await(channel, selector, SelectionKey.OP_READ, end);
        if (channel.read(buffer.clear()) < 0) {
          break;
        }
        answer.write(buffer.array(), 0, buffer.position());
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  private void await(SocketChannel channel, Selector selector, int operation, long end)
      throws IOException {
    channel.register(selector, operation);
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0 || selector.select(left) == 0) {
      throw new IOException("fusequota at " + path + " does not answer");
    }
    selector.selectedKeys().clear();
  }
}
