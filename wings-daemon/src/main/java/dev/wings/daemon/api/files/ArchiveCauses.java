package dev.wings.daemon.api.files;

import dev.wings.core.operation.Operations;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/// Says why an archive was not made or unpacked, in the words of `http-api.md` 8.13 and 8.14.
final class ArchiveCauses {
  private ArchiveCauses() {}

  static String of(IOException failure) {
    return failure instanceof NoSuchFileException
        ? "No such file or directory"
        : Operations.message(failure);
  }
}
