package dev.wings.daemon.log;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// A log on disk that goes over to another file when one is full.
///
/// A disk that is full costs lines, never more: writing is tried again with each line, what was
/// written of a line that did not fit is taken back, and the first line that fits is preceded by
/// one that says how many are missing. Used by one thread.
abstract class LogFile implements LineSink {
  private final InstantSource clock;
  private final long maxBytes;
  private @Nullable Open open;
  private long lost;

  /// @param clock decides in which day's file a line belongs
  /// @param maxBytes largest size of one file
  LogFile(InstantSource clock, long maxBytes) {
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  /// The file to go on with, after making room for it. Not called while the open file will do.
  ///
  /// @param length of the line that needs the room
  abstract Path next(LocalDate today, long length) throws IOException;

  /// Whether a file of one day also serves another.
  abstract boolean serves(LocalDate opened, LocalDate today);

  final long maxBytes() {
    return maxBytes;
  }

  final boolean fits(Path file, long length) throws IOException {
    return Files.notExists(file) || Files.size(file) + length <= maxBytes;
  }

  @Override
  public final void append(byte[] line) {
    Instant now = clock.instant();
    try {
      if (lost > 0) {
        write(LineEncoder.lost(now, lost), now);
        lost = 0;
      }
      write(line, now);
    } catch (IOException full) {
      lost++; // there is nowhere else to tell it: the next line that fits does
      abandon(full);
    }
  }

  /// Not a `FileChannel`: the thread that empties the queue is interrupted when the process ends,
  /// and an interrupt would close the channel before the last lines are written.
  @SuppressWarnings("resource") // closed by close()
  private void write(byte[] line, Instant now) throws IOException {
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    Open file = open;
    if (file != null && (file.size + line.length > maxBytes || !serves(file.day, today))) {
      close();
      file = null;
    }
    if (file == null) {
      Path path = next(today, line.length);
      file = new Open(new FileOutputStream(path.toString(), /* append= */ true), today, path);
      open = file;
    }
    file.write(line);
  }

  private void abandon(IOException failure) {
    try {
      close();
    } catch (IOException alsoFailed) {
      failure.addSuppressed(alsoFailed);
    }
  }

  @Override
  public final void close() throws IOException {
    Open file = open;
    open = null;
    if (file != null) {
      file.out.close();
    }
  }

  private static final class Open {
    final FileOutputStream out;
    final LocalDate day;
    long size;

    Open(FileOutputStream out, LocalDate day, Path path) throws IOException {
      this.out = out;
      this.day = day;
      try {
        this.size = Files.size(path);
      } catch (IOException failure) {
        out.close();
        throw failure;
      }
    }

    void write(byte[] line) throws IOException {
      try {
        out.write(line);
        size += line.length;
      } catch (IOException partly) {
        FileChannel channel = out.getChannel();
        channel.truncate(size);
        throw partly;
      }
    }
  }
}
