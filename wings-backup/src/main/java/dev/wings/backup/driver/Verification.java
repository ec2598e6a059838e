package dev.wings.backup.driver;

import java.util.List;

/// What a look at the whole of a backup found.
///
/// @param files that were read
/// @param bytes that were read
/// @param faults what is wrong, the first hundred; empty when nothing is
public record Verification(long files, long bytes, List<String> faults) {
  public static final int MAX_FAULTS = 100;

  public Verification {
    faults = List.copyOf(faults);
  }

  public boolean sound() {
    return faults.isEmpty();
  }
}
