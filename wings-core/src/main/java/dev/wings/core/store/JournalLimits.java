package dev.wings.core.store;

/// How much a [Journal] keeps. An owner above its share loses its own oldest entries. When the
/// whole is too much, the owner that holds the most loses its oldest: a noisy owner never displaces
/// what a quiet one has to say.
///
/// @param entries of all owners together
/// @param bytes of content of all owners together
/// @param entriesPerOwner at most
/// @param bytesPerOwner of content, at most; the newest entry is kept even when it alone is larger
public record JournalLimits(int entries, long bytes, int entriesPerOwner, long bytesPerOwner) {
  public JournalLimits {
    if (entries < 1 || bytes < 1 || entriesPerOwner < 1 || bytesPerOwner < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
