package dev.wings.core.store;

import java.io.IOException;
import java.nio.file.Path;

/// Opens real files on a disk that can be full, or broken. Syncing is left out: it takes most of
/// the time, and only a power loss could show the difference.
final class FaultyDisk implements DiskFile.Opener {
  volatile boolean full;
  volatile boolean syncFails;
  volatile boolean unreadable;

  @Override
  public DiskFile open(Path path) throws IOException {
    DiskFile real = DiskFile.open(path);
    return new DiskFile() {
      @Override
      public int read(byte[] buffer) throws IOException {
        if (unreadable) {
          throw new IOException("Input/output error");
        }
        return real.read(buffer);
      }

      @Override
      public void write(long position, byte[] bytes) throws IOException {
        if (full) {
          real.write(position, java.util.Arrays.copyOf(bytes, bytes.length / 2));
          throw new IOException("No space left on device");
        }
        real.write(position, bytes);
      }

      @Override
      public void truncate(long length) throws IOException {
        real.truncate(length);
      }

      @Override
      public void sync() throws IOException {
        if (syncFails) {
          throw new IOException("Input/output error");
        }
      }

      @Override
      public void close() throws IOException {
        real.close();
      }
    };
  }
}
