package dev.wings.core.power;

/// The timers of the state machine; at most one of each is armed.
public enum PowerTimer {
  /// A stop is given up and the process is killed.
  KILL,
  /// A planned start (back-off after a crash, grace after boot) happens.
  START
}
