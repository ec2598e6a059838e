package dev.wings.core.server;

import java.nio.ByteBuffer;

/// The console of one run of the process: takes the bytes of its output, publishes lines, and looks
/// for the readiness text. Used by one thread at a time.
interface RunConsole {
  void output(ByteBuffer bytes);

  /// The output ended for good.
  void closed();

  /// The output broke off and goes on; something may be missing between.
  void reattached();
}
