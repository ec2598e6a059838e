package dev.wings.sftp.subsystem;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Lets small packets travel together: one by one, each would be encrypted and written for itself,
/// which costs more than what it says. Keeps their order, and nothing while it is flushed. Belongs
/// to one thread at a time.
final class Gathering {
  private static final int SMALL_BYTES = 2 << 10;
  private static final int TOGETHER_BYTES = 16 << 10;

  private final Consumer<ByteBuffer> target;
  private @Nullable ByteBuffer first;
  private @Nullable ByteBuffer together;

  /// @param target owns what it is given
  Gathering(Consumer<ByteBuffer> target) {
    this.target = target;
  }

  void add(ByteBuffer packet) {
    if (packet.remaining() > SMALL_BYTES) {
      flush();
      target.accept(packet);
      return;
    }
    if (first == null && together == null) {
      first = packet; // most often it stays alone, and needs no copy
      return;
    }
    ByteBuffer joined = together;
    if (joined == null) {
      joined = ByteBuffer.allocate(TOGETHER_BYTES);
      if (first != null) {
        joined.put(first);
        first = null;
      }
      together = joined;
    }
    joined.put(packet);
    if (joined.remaining() < SMALL_BYTES) {
      flush();
    }
  }

  /// Hands on what there is.
  void flush() {
    ByteBuffer alone = first;
    ByteBuffer joined = together;
    first = null;
    together = null;
    if (alone != null) {
      target.accept(alone);
    } else if (joined != null) {
      target.accept(joined.flip());
    }
  }
}
