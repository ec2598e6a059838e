package dev.wings.core.backup;

import java.util.UUID;

/// Port for signed URLs to which the parts of a backup are uploaded (`backups.md` 3.1). Methods
/// block, and repeat a call as the document says ([dev.wings.core.panel.PanelClient]); only the
/// refusals 404 and 405, which tell that this Panel has no such call, are not repeated.
public interface PartSource {
  /// URLs for some parts of an archive whose length is not known yet. The first call begins the
  /// upload.
  ///
  /// @param fromPart number of the first part, from 1
  /// @throws dev.wings.core.panel.PanelException when the Panel refuses or does not answer
  PartUrls parts(UUID backup, int fromPart);

  /// URLs for all parts of an archive, the only form that a Pterodactyl Panel knows.
  ///
  /// @param size bytes of the archive
  /// @throws dev.wings.core.panel.PanelException when the Panel refuses or does not answer
  PartUrls allParts(UUID backup, long size);
}
