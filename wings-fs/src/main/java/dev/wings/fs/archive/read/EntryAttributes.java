package dev.wings.fs.archive.read;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/// What an archive says about an entry besides its name and content.
///
/// @param mode only its nine `rwx` bits are ever applied
record EntryAttributes(OptionalInt mode, Optional<Instant> modified) {
  static final EntryAttributes NONE = new EntryAttributes(OptionalInt.empty(), Optional.empty());

  /// Times outside of what every file system can store are dropped.
  private static final long FIRST_SECOND = Integer.MIN_VALUE;

  private static final long LAST_SECOND = 0x3_7fff_ffffL; // ext4

  EntryAttributes {
    mode = mode.isPresent() ? OptionalInt.of(mode.getAsInt() & 0777) : mode;
    modified =
        modified.filter(
            time -> time.getEpochSecond() >= FIRST_SECOND && time.getEpochSecond() <= LAST_SECOND);
  }

  static EntryAttributes of(int mode, Instant modified) {
    return new EntryAttributes(OptionalInt.of(mode), Optional.of(modified));
  }
}
