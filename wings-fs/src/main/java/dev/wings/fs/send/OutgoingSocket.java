package dev.wings.fs.send;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Transfers;
import java.io.IOException;
import java.time.Duration;

/// A socket of another part of the process, to send files into. It is a descriptor of its own, so
/// that the other part may close its own at any time: what is sent then fails, and never reaches
/// whoever got the number next.
public final class OutgoingSocket implements AutoCloseable {
  private final Descriptor descriptor;

  private OutgoingSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /// @param number descriptor of a socket that does not block; must stay open during this call
  public static OutgoingSocket of(int number) throws IOException {
    return new OutgoingSocket(Transfers.duplicate(number));
  }

  /// Waits until the peer takes something or is gone.
  ///
  /// @return false when it did not in that time
  public boolean awaitWritable(Duration patience) throws IOException {
    return Transfers.awaitWritable(descriptor, patience);
  }

  Descriptor descriptor() {
    return descriptor;
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
