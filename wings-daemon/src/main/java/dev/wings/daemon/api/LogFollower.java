package dev.wings.daemon.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends the lines of a growing file to a websocket, one text frame each, until the socket closes.
/// A file that was replaced or cut is read from its beginning again. Runs on one virtual thread,
/// which is held back by a slow socket; a line is cut at [#MAX_LINE_BYTES].
final class LogFollower {
  private static final Logger log = LoggerFactory.getLogger(LogFollower.class);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(300);
  private static final int MAX_LINE_BYTES = 64 << 10;
  private static final Duration WRITE_PATIENCE = Duration.ofSeconds(60);

  private final Path file;
  private final ByteBuffer block = ByteBuffer.allocate(32 << 10);
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private FileChannel channel;
  private @Nullable Object fileKey;

  /// @param channel opened and positioned; this follower closes it
  LogFollower(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.fileKey = key();
  }

  void run(Channel socket) {
    try {
      while (socket.isActive()) {
        if (sendMore(socket)) {
          continue;
        }
        socket.closeFuture().await(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        reopenWhenReplaced();
      }
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("reason", String.valueOf(unreadable))
          .log("log is followed no more");
      socket.close();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      socket.close();
    } finally {
      close();
    }
  }

  /// Sends what was appended. Returns whether there was anything.
  private boolean sendMore(Channel socket) throws IOException, InterruptedException {
    block.clear();
    int count = channel.read(block);
    if (count <= 0) {
      return false;
    }
    block.flip();
    while (block.hasRemaining()) {
      byte c = block.get();
      if (c != '\n') {
        line.write(c);
      }
      if (c == '\n' || line.size() >= MAX_LINE_BYTES) {
        send(socket);
      }
    }
    socket.flush();
    return true;
  }

  private void send(Channel socket) throws IOException, InterruptedException {
    // Text frames must be valid UTF-8, and a log line may hold anything.
    String text = line.toString(StandardCharsets.UTF_8);
    if (text.endsWith("\r")) {
      text = text.substring(0, text.length() - 1);
    }
    line.reset();
    ByteBuf bytes = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
    var written = socket.write(new TextWebSocketFrame(bytes));
    if (!socket.isWritable()) {
      socket.flush();
      if (!written.await(WRITE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("client does not read");
      }
    }
  }

  private void reopenWhenReplaced() throws IOException {
    boolean replaced = Files.exists(file) && !Objects.equals(fileKey, key());
    if (replaced) {
      close();
      channel = LogDirectory.openRegular(file);
      fileKey = key();
      line.reset();
    } else if (channel.size() < channel.position()) {
      channel.position(0);
      line.reset();
    }
  }

  private @Nullable Object key() throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  private void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      log.atDebug().addKeyValue("reason", String.valueOf(ignored)).log("log file not closed");
    }
  }
}
