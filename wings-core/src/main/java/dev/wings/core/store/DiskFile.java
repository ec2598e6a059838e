package dev.wings.core.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/// The operations on an open file that a [Journal] needs; tests let them fail.
interface DiskFile extends Closeable {
  /// Opens files.
  @FunctionalInterface
  interface Opener {
    /// @param path created when it is missing
    DiskFile open(Path path) throws IOException;
  }

  /// Reads the next bytes, first those at the beginning of the file.
  ///
  /// @return how many, -1 at the end
  int read(byte[] buffer) throws IOException;

  void write(long position, byte[] bytes) throws IOException;

  void truncate(long length) throws IOException;

  /// Waits until everything written before the call is on the medium. May be called while another
  /// thread writes.
  void sync() throws IOException;

  /// A real file. Not a `FileChannel`: an interrupt of whoever happens to append would close that
  /// for everybody.
  static DiskFile open(Path path) throws IOException {
    RandomAccessFile file = new RandomAccessFile(path.toString(), "rw");
    return new DiskFile() {
      @Override
      public int read(byte[] buffer) throws IOException {
        return file.read(buffer);
      }

      @Override
      public void write(long position, byte[] bytes) throws IOException {
        file.seek(position);
        file.write(bytes);
      }

      @Override
      public void truncate(long length) throws IOException {
        file.setLength(length);
      }

      @Override
      public void sync() throws IOException {
        file.getFD().sync();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }
}
