package dev.wings.core.server;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.console.LogTail;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/// Reads what has been logged about one server: by the engine, and by the last installation. Blocks
/// on the engine or the disk.
final class ServerLogs {
  private static final int BLOCK = 8 << 10;

  private final UUID server;
  private final ServerEnvironment environment;
  private final ServerProcess process;

  ServerLogs(UUID server, ServerEnvironment environment, ServerProcess process) {
    this.server = server;
    this.environment = environment;
    this.process = process;
  }

  /// The container's stored output. Empty without a container or when the engine is away.
  InputStream container(OptionalInt tail) {
    try {
      return process
          .handle()
          .map(handle -> handle.logs(tail))
          .orElseGet(() -> environment.engine().logs(server, tail));
    } catch (WingsException nothing) {
      return InputStream.nullInputStream();
    }
  }

  List<String> backlog(int lines) {
    if (lines <= 0) {
      return List.of();
    }
    try (InputStream stored = container(OptionalInt.of(lines))) {
      return LogTail.read(stored, lines);
    } catch (IOException broken) {
      throw new WingsException(ErrorKind.UPSTREAM, "the log cannot be read", broken);
    }
  }

  /// The log of the last installation; the caller closes it.
  Optional<InputStream> installation(OptionalInt tail) {
    Path file = environment.logDirectory().resolve(server.toString()).resolve("install.log");
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
      SeekableByteChannel channel = Files.newByteChannel(file);
      try {
        if (tail.isPresent()) {
          channel.position(tailPosition(channel, tail.getAsInt()));
        }
        return Optional.of(Channels.newInputStream(channel));
      } catch (IOException | RuntimeException failure) {
        channel.close();
        throw failure;
      }
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new WingsException(
          ErrorKind.INTERNAL, "install log of server " + server + " cannot be read", failure);
    }
  }

  /// Where the last `lines` lines begin.
  static long tailPosition(SeekableByteChannel channel, int lines) throws IOException {
    long end = channel.size();
    if (lines <= 0) {
      return end;
    }
    int seen = 0;
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    for (long blockEnd = end; blockEnd > 0; ) {
      long begin = Math.max(0, blockEnd - BLOCK);
      block.clear().limit((int) (blockEnd - begin));
      channel.position(begin);
      while (block.hasRemaining() && channel.read(block) >= 0) {
        // until the block is full
      }
      for (int i = block.position() - 1; i >= 0; i--) {
        boolean lastByte = begin + i == end - 1;
        if (block.get(i) == '\n' && !lastByte && ++seen == lines) {
          return begin + i + 1;
        }
      }
      blockEnd = begin;
    }
    return 0;
  }
}
