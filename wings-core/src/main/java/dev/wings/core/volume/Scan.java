package dev.wings.core.volume;

/// How much of a volume a scan looks at (`filesystem.md` 6.2).
public enum Scan {
  /// Only what has changed since the last one, as far as that is known.
  CHANGES,
  /// Everything.
  FULL
}
