package dev.wings.core.container;

import java.nio.ByteBuffer;

/// Receives what happens to one attached container. Calls for one container come one at a time,
/// from a virtual thread of the engine adapter; an implementation must not block it for long, for
/// that would hold back the game's output.
public interface ContainerListener {
  /// Raw output of the process, in order. `bytes` is only valid during the call.
  void output(ByteBuffer bytes);

  /// The output stream ended for good: the container exited, or the handle was closed. A stream
  /// that breaks while the container still runs is re-attached by the adapter and is not reported
  /// here.
  void outputClosed();

  /// A broken output stream was attached again while the container kept running. Output written in
  /// between may be missing; a console should show a marker.
  default void reattached() {}

  /// Something is wrong with the running container that the people at its console can mend.
  default void problem(String text) {}

  /// A sample, about once per second while the container runs.
  void stats(ContainerStats stats);

  /// The engine says the container runs although nobody here started it (external start, adoption).
  /// Called once.
  void running();

  /// The engine confirmed the exit. Called exactly once, last, after every byte of output was
  /// delivered. A broken stream or a failing engine call alone never causes it (`threats.md`
  /// DK-02).
  void exited(ExitStatus status);
}
