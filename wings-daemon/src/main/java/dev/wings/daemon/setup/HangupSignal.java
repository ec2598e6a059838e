package dev.wings.daemon.setup;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// SIGHUP, which would end the JVM: it makes the daemon look for a new certificate (`threats.md`
/// TL-01) and changes nothing else (`configuration.md` 16.2). `sun.misc.Signal` is the only way to
/// hear of a signal; it is in the supported module `jdk.unsupported`.
public final class HangupSignal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HangupSignal.class);
  private static final Signal HANGUP = new Signal("HUP");

  private final SignalHandler before;

  private HangupSignal(SignalHandler before) {
    this.before = before;
  }

  /// @param reaction runs on a thread of the JVM's, must not throw
  public static HangupSignal handle(Runnable reaction) {
    SignalHandler before =
        Signal.handle(
            HANGUP,
            _ -> {
              log.info("SIGHUP: looking for a new certificate, everything else goes on");
              reaction.run();
            });
    return new HangupSignal(before);
  }

  /// Gives the signal its earlier meaning back.
  @Override
  public void close() {
    Signal.handle(HANGUP, before);
  }
}
