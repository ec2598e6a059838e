package dev.wings.fs.revision;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// An edit of a file while it is under way: knows the content from before and collects the new one
/// as it is written. Nothing of it can fail the writing. Used by one thread.
public final class Edit {
  private final Revisions revisions;
  private final UUID server;
  private final String path;
  private final byte[] before;
  private final long cap;
  private final ByteArrayOutputStream after;
  private boolean tooLarge;

  Edit(Revisions revisions, UUID server, String path, byte[] before, long cap) {
    this.revisions = revisions;
    this.server = server;
    this.path = path;
    this.before = before;
    this.cap = cap;
    this.after = new ByteArrayOutputStream(before.length);
  }

  /// Takes note of the next part of the new content; the buffer's position does not change.
  ///
  /// @return false when the content is too large by now, so that no more of it is needed
  public boolean append(ByteBuffer part) {
    if (tooLarge || after.size() + (long) part.remaining() > cap) {
      tooLarge = true;
      after.reset();
      return false;
    }
    byte[] copy = new byte[part.remaining()];
    part.duplicate().get(copy);
    after.writeBytes(copy);
    return true;
  }

  /// To be called when the new content is in place.
  ///
  /// @param user who wrote it
  /// @return the revision that holds the new content, empty when it is not on record
  public OptionalLong complete(Optional<UUID> user) {
    return tooLarge
        ? OptionalLong.empty()
        : revisions.record(server, path, Optional.of(before), after.toByteArray(), user);
  }
}
