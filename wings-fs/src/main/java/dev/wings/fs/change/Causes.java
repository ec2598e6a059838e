package dev.wings.fs.change;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Says in a few words why a file operation failed, without naming any path.
public final class Causes {
  private Causes() {}

  public static String of(IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "no such file or directory";
      case FileAlreadyExistsException _ -> "file exists";
      case DirectoryNotEmptyException _ -> "directory not empty";
      case NotDirectoryException _ -> "not a directory";
      case FileSystemLoopException _ -> "too many symbolic links";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException other when other.getReason() != null ->
          String.valueOf(other.getReason());
      case FileSystemException _ -> "input/output error";
      default -> failure.getMessage() == null ? "input/output error" : failure.getMessage();
    };
  }
}
