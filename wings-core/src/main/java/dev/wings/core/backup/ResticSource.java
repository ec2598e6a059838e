package dev.wings.core.backup;

import java.util.UUID;

/// Port for what the Panel knows about the restic repository of a backup (`panel-remote-api.md`
/// 2.21).
@FunctionalInterface
public interface ResticSource {
  /// Asks once.
  ///
  /// @throws dev.wings.core.panel.PanelException when the backup is not in such a repository, is
  ///   not known, or the Panel does not answer
  ResticRepository restic(UUID backup);
}
