package dev.wings.core.config;

/// The configuration in force. Components that follow changes at run time hold this instead of a
/// record and read it on every use.
@FunctionalInterface
public interface LiveConfig {
  /// The current snapshot; a cheap volatile read.
  WingsConfig current();

  /// A configuration that never changes.
  static LiveConfig fixed(WingsConfig config) {
    return () -> config;
  }
}
