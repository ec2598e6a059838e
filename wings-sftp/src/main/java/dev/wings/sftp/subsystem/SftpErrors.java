package dev.wings.sftp.subsystem;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import org.jspecify.annotations.Nullable;

/// What becomes of failures: the one place where exceptions turn into codes (`sftp.md` 9). Messages
/// of exceptions are never sent.
final class SftpErrors {
  private SftpErrors() {}

  static Status status(Verb verb, @Nullable IOException failure) {
    return switch (failure) {
      case StatusException chosen -> chosen.status();
      case NoSuchFileException _, NotDirectoryException _, FileSystemLoopException _ ->
          Status.NO_SUCH_FILE;
      case NotLinkException _ -> Status.NO_SUCH_FILE;
      case FileAlreadyExistsException _ -> Status.FAILURE;
      case null, default ->
          verb.has(Verb.Trait.OTHERWISE_MISSING) ? Status.NO_SUCH_FILE : Status.FAILURE;
    };
  }

  static Status status(Verb verb, RuntimeException failure) {
    return switch (failure) {
      case DirectoryIteratorException reading -> status(verb, reading.getCause());
      case InvalidPathException _ -> Status.NO_SUCH_FILE;
      default -> Status.FAILURE;
    };
  }

  /// Whether a failure is a fault of the server or of the tree, worth a line in the log.
  static boolean unexpected(RuntimeException failure) {
    return !(failure instanceof DirectoryIteratorException)
        && !(failure instanceof InvalidPathException)
        && !(failure instanceof UnsupportedOperationException);
  }
}
