package dev.wings.fs.sandbox;

import java.io.IOException;

/// Asked before a file of a sandbox grows, and told what became of it. Called by all threads that
/// write. Directories are given as the kernel's bytes: names from the root on, joined by slashes,
/// empty for the root.
public interface SpaceGate {
  /// As a directory: one that is about to go with everything in it, so that only the sums of the
  /// whole change. Cannot be a name.
  byte[] NOWHERE = {0};

  /// Lets everything pass and counts nothing.
  SpaceGate OPEN =
      new SpaceGate() {
        @Override
        public void reserve(long bytes, long before) {}

        @Override
        public void release(long bytes) {}

        @Override
        public void settle(byte[] directory, long reserved, long logical, long physical) {}

        @Override
        public void created(byte[] directory, long logical, long physical) {}

        @Override
        public void removed(byte[] directory, long physical) {}

        @Override
        public void moved(byte[] from, byte[] to) {}
      };

  /// Takes space before the bytes reach the disk.
  ///
  /// @param bytes above 0
  /// @param before what the same writer has taken already; little writes may pass where large ones
  ///   are refused
  /// @throws DiskLimitException when they do not fit; the write then fails without writing them
  void reserve(long bytes, long before) throws IOException;

  /// Gives back what was reserved and not written.
  ///
  /// @param bytes at least 0
  void release(long bytes);

  /// A change of a file is on the disk: what it came to takes the place of what was reserved.
  ///
  /// @param directory that holds the file
  /// @param reserved at least 0
  /// @param logical change of the size, may be negative
  /// @param physical change of the allocated bytes, may be negative
  void settle(byte[] directory, long reserved, long logical, long physical);

  /// A directory was made; its own space has been reserved.
  void created(byte[] directory, long logical, long physical);

  /// A directory is gone with everything that was in it.
  ///
  /// @param physical allocated bytes that went and were not given back before
  void removed(byte[] directory, long physical);

  /// A directory has a new path, and everything below it.
  void moved(byte[] from, byte[] to);
}
