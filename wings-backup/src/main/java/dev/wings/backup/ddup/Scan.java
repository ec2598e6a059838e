package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Looks at the whole of an archive without its chunks' contents.
final class Scan {
  private static final int BUFFER_BYTES = 256 << 10;

  private Scan() {}

  /// Takes entries.
  @FunctionalInterface
  interface Visitor {
    void entry(ArchiveEntry entry) throws IOException;
  }

  /// Visits all entries.
  static void entries(DdupArchive archive, Progress progress, Visitor visitor) throws IOException {
    try (DdupArchive.Cursor cursor = archive.cursor()) {
      for (var entry = cursor.next(); entry.isPresent(); entry = cursor.next()) {
        progress.check();
        visitor.entry(entry.get());
      }
    }
  }

  /// Sum of the sizes of all files.
  static long size(DdupArchive archive, Progress progress) throws IOException {
    long[] sum = new long[1];
    entries(
        archive,
        progress,
        entry -> {
          if (entry.type() == ArchiveEntry.Type.FILE) {
            sum[0] = Math.max(sum[0], sum[0] + entry.size()); // an absurd sum stays where it is
          }
        });
    return sum[0];
  }

  /// Ids of the chunks of all files, each as often as it occurs.
  ///
  /// @return whether these are all: what cannot be read is left out
  static boolean ids(DdupArchive archive, IdList all, Progress progress) throws IOException {
    boolean[] complete = {true};
    try {
      entries(
          archive,
          progress,
          entry -> {
            if (entry.type() == ArchiveEntry.Type.FILE) {
              try (DdupArchive.ChunkIds ids = archive.chunks(entry.content())) {
                for (long id = ids.next(); id != 0; id = ids.next()) {
                  all.add(id);
                }
              } catch (DamagedBackupException damaged) {
                complete[0] = false;
              }
            }
          });
    } catch (DamagedBackupException damaged) {
      complete[0] = false;
    }
    return complete[0];
  }

  /// Checksum of the file as it is reported (`backups.md` 1).
  static String checksum(Path file, Progress progress) throws IOException {
    MessageDigest digest = ArchiveOutput.sha1();
    byte[] buffer = new byte[BUFFER_BYTES];
    long length = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        progress.check();
        digest.update(buffer, 0, read);
        length += read;
      }
    }
    return length + "-" + HexFormat.of().formatHex(digest.digest());
  }
}
