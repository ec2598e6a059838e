package dev.wings.fs.revision;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// One earlier content of a file (`http-api.md` A.14).
///
/// @param id unique within the server
/// @param size bytes of the content
/// @param storedSize bytes that it takes in the database
/// @param user who wrote it, empty when nobody known did
/// @param snapshot whether it can be read without an older one
/// @param created to the millisecond
public record FileRevision(
    long id, long size, long storedSize, Optional<UUID> user, boolean snapshot, Instant created) {
  public FileRevision {
    requireNonNull(user, "user");
    requireNonNull(created, "created");
  }
}
