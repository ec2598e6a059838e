package dev.wings.fs.view;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/// Port to backups that can be browsed (`filesystem.md` 16). Whoever keeps backups fills it.
@FunctionalInterface
public interface BackupViews {
  /// No backup can be browsed.
  BackupViews NONE = (_, _) -> Optional.empty();

  /// A read-only view of a backup, as nobody in particular sees it. May be asked often, and with
  /// ids that users have made up: what is expensive is kept by the implementation, and what is not
  /// the server's does not exist.
  ///
  /// @return empty when there is no such backup here, or its kind cannot be browsed
  /// @throws IOException when it cannot be read now; it then looks as if it did not exist
  Optional<FileView> open(UUID server, UUID backup) throws IOException;
}
