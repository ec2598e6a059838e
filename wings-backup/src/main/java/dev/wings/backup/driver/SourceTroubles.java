package dev.wings.backup.driver;

import dev.wings.fs.archive.write.ArchiveReport;
import dev.wings.fs.archive.write.ArchiveReport.Finding;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What becomes of a backup whose files could not all be stored as they were.
public final class SourceTroubles {
  private static final Logger log = LoggerFactory.getLogger(SourceTroubles.class);

  private SourceTroubles() {}

  /// What changes while it is read is as good as it can be; what the disk does not give is not.
  ///
  /// @throws IOException when the backup is not to be kept
  public static void judge(Creation creation, ArchiveReport report) throws IOException {
    for (Finding finding : report.findings()) {
      if (finding.trouble() == Trouble.UNREADABLE) {
        throw new IOException("cannot be read to its end: " + finding.name());
      }
    }
    if (report.troubles() > 0) {
      log.atInfo()
          .addKeyValue("server", creation.server())
          .addKeyValue("backup", creation.backup())
          .addKeyValue("entries", report.troubles())
          .addKeyValue("first", report.findings().getFirst())
          .log("files changed while they were backed up");
    }
  }
}
