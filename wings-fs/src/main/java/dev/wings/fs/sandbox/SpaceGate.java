package dev.wings.fs.sandbox;

import java.io.IOException;

/// Asked before a file of a sandbox grows. Called by all threads that write.
public interface SpaceGate {
  /// Lets everything pass and counts nothing.
  SpaceGate OPEN =
      new SpaceGate() {
        @Override
        public void reserve(long bytes) {}

        @Override
        public void release(long bytes) {}
      };

  /// Takes space before the bytes reach the disk.
  ///
  /// @param bytes above 0
  /// @throws DiskLimitException when they do not fit; the write then fails without writing them
  void reserve(long bytes) throws IOException;

  /// Gives back what was reserved or has been removed.
  ///
  /// @param bytes at least 0
  void release(long bytes);
}
