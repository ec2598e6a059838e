package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/// A range of a file that is sent. Each sending reads it anew from its beginning.
///
/// @param offset of the first byte
/// @param length bytes
/// @param contentType for the receiver
/// @param sent told of bytes that are about to go; may wait, or end the sending by an exception
public record FileBody(
    FileChannel file, long offset, long length, String contentType, LongConsumer sent) {
  public FileBody {
    requireNonNull(file, "file");
    requireNonNull(contentType, "contentType");
    requireNonNull(sent, "sent");
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("range: negative (expected: >= 0)");
    }
  }
}
