package dev.wings.core.power;

/// Why a start sequence runs.
public enum StartReason {
  /// Somebody asked for it, or an installation that wanted a start has ended.
  REQUEST,
  /// The second half of a restart.
  RESTART,
  /// The process crashed.
  CRASH,
  /// The container engine took the process down together with many others.
  ENGINE,
  /// The daemon has booted and the server's auto-start rule wants it.
  BOOT;

  /// Many servers may start for this reason at the same moment, so such starts take turns.
  public boolean takesTurns() {
    return this == ENGINE || this == BOOT;
  }
}
