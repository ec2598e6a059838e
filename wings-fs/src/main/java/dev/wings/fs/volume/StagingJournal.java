package dev.wings.fs.volume;

import dev.wings.fs.sandbox.Sandbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers on the host in which directories of a volume staging files were made, so that after a
/// crash exactly those are searched for leftovers and not the whole tree. A file outside of the
/// volume holds the directories' paths, each ended by a NUL; a clean end removes it.
final class StagingJournal {
  private static final Logger log = LoggerFactory.getLogger(StagingJournal.class);
  private static final int MAX_REMEMBERED = 4096;

  private final Path file;

  /// Already in the file; guarded by this.
  private final Set<Path> written = new HashSet<>();

  StagingJournal(Path file) {
    this.file = file;
  }

  /// Called before a staging file is made in `directory`.
  synchronized void starting(Path directory) throws IOException {
    if (written.contains(directory)) {
      return;
    }
    if (written.size() == MAX_REMEMBERED) {
      written.clear(); // some will be written twice, which does no harm
    }
    Files.createDirectories(file.resolveSibling(""));
    Files.write(
        file,
        (directory + "\0").getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    written.add(directory);
  }

  /// Removes what a crash left behind.
  ///
  /// @return number of files removed
  synchronized int sweep(Sandbox sandbox) throws IOException {
    int removed = 0;
    for (String directory : recorded()) {
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(sandbox.getPath(directory), StagingJournal::isStaging)) {
        for (Path leftover : entries) {
          Files.deleteIfExists(leftover);
          removed++;
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        log.atDebug().setCause(e).log("directory of staging files is gone");
      }
    }
    clear();
    return removed;
  }

  private static boolean isStaging(Path path) {
    Path name = path.getFileName();
    return name != null
        && name.toString().startsWith(Sandbox.STAGING_PREFIX)
        && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  private Set<String> recorded() throws IOException {
    if (!Files.exists(file)) {
      return Set.of();
    }
    Set<String> directories = new HashSet<>();
    ByteArrayOutputStream current = new ByteArrayOutputStream();
    for (byte b : Files.readAllBytes(file)) {
      if (b == 0) {
        directories.add(current.toString(StandardCharsets.UTF_8));
        current.reset();
      } else {
        current.write(b);
      }
    }
    return directories; // an unfinished last path had no staging file yet
  }

  synchronized void clear() throws IOException {
    written.clear();
    Files.deleteIfExists(file);
  }
}
