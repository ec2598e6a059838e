package dev.wings.sftp.files;

/// How much a tree can hold.
///
/// @param totalBytes size or limit
/// @param freeBytes what can still be written, never negative
public record Space(long totalBytes, long freeBytes) {
  public Space {
    if (totalBytes < 0) {
      throw new IllegalArgumentException("totalBytes: " + totalBytes + " (expected: >= 0)");
    }
    freeBytes = Math.max(0, freeBytes);
  }
}
