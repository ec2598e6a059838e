package dev.wings.daemon.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.time.LocalDate;

/// `wings.log`, whatever the day (`configuration.md` 17). Unlike the reference's it does not grow
/// without limit: when it is full it becomes `wings.log.1` and replaces the one before.
final class CurrentLog extends LogFile {
  private final Path directory;

  CurrentLog(Path directory, InstantSource clock, long maxBytes) {
    super(clock, maxBytes);
    this.directory = directory;
  }

  @Override
  Path next(LocalDate today, long length) throws IOException {
    Path file = directory.resolve("wings.log");
    if (!fits(file, length)) {
      if (Files.size(file) > maxBytes()) {
        Files.delete(file); // grown under a daemon without limits: keeping it would break ours
      } else {
        Files.move(file, directory.resolve("wings.log.1"), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return file;
  }

  @Override
  boolean serves(LocalDate opened, LocalDate today) {
    return true;
  }
}
