package dev.wings.core.backup;

import static java.util.Objects.requireNonNull;

/// One part of a multipart upload.
///
/// @param etag as the storage sent it, quotes included; empty when it sent none
/// @param number from 1
public record BackupPart(String etag, int number) {
  public BackupPart {
    requireNonNull(etag, "etag");
    if (number < 1) {
      throw new IllegalArgumentException("number: " + number + " (expected: >= 1)");
    }
  }
}
