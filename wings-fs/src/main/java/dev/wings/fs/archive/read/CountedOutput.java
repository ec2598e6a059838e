package dev.wings.fs.archive.read;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.io.OutputStream;

/// A file for a library that writes what it decodes, counted as progress.
final class CountedOutput extends OutputStream {
  private final FileSink file;
  private final Progress progress;

  CountedOutput(FileSink file, Progress progress) {
    this.file = file;
    this.progress = progress;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    file.write(source, offset, length);
    progress.addBytes(length);
  }
}
