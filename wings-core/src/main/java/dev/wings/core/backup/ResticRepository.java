package dev.wings.core.backup;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Where a restic repository is and how it is opened (`backups.md` 3.2). Holds secrets: what is
/// printed of it has none.
///
/// @param repository as restic's own option takes it; may hold a password
/// @param passwordFile of this node; without one the password is in the environment
/// @param retryLockSeconds how long to wait for whoever holds the repository's lock
/// @param environment of the program, beside the daemon's own
public record ResticRepository(
    String repository,
    Optional<String> passwordFile,
    long retryLockSeconds,
    Map<String, String> environment) {
  public ResticRepository {
    requireNonNull(repository, "repository");
    requireNonNull(passwordFile, "passwordFile");
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  @Override
  public String toString() {
    return "ResticRepository[environment=" + environment.keySet() + "]";
  }
}
