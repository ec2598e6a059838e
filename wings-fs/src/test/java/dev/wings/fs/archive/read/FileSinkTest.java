package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {
  @TempDir Path directory;

  @Test
  void anIncompleteFileGoesEvenWhenItCannotBeClosed() throws Exception {
    Path file = Files.createFile(directory.resolve("f"));
    Guard guard = new Guard(ExtractionLimits.DEFAULT, 1 << 20, new Progress(), System::nanoTime);
    FileSink sink = new FileSink(file, new Unclosable(), EntryAttributes.NONE, guard);

    assertThatThrownBy(sink::close).hasMessage("no space left");
    assertThat(file).doesNotExist();
  }

  /// As a channel on a full network file system.
  private static final class Unclosable implements SeekableByteChannel {
    @Override
    public int read(ByteBuffer target) {
      return -1;
    }

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      source.position(source.limit());
      return count;
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public SeekableByteChannel position(long position) {
      return this;
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    public SeekableByteChannel truncate(long size) {
      return this;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() throws IOException {
      throw new IOException("no space left");
    }
  }
}
