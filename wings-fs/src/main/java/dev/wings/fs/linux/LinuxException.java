package dev.wings.fs.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// A system call failed. [#forFile] is the one place where an error number becomes an exception of
/// the JDK.
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  public LinuxException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  /// One of the numbers of [Errno], or another positive one.
  public int errno() {
    return errno;
  }

  public boolean is(int number) {
    return errno == number;
  }

  /// The JDK's exception for this failure of a call that concerned `file`, with this one as its
  /// cause.
  public IOException forFile(String file) {
    return forFiles(file, null);
  }

  /// As [#forFile], for calls with two names. A resolution that would have left its root (`EXDEV`)
  /// was already turned into `ENOENT` by the resolver, so that nothing tells whether the target
  /// exists.
  public IOException forFiles(String file, @Nullable String other) {
    IOException translated =
        switch (errno) {
          case Errno.ENOENT -> new NoSuchFileException(file, other, null);
          case Errno.EEXIST -> new FileAlreadyExistsException(other == null ? file : other);
          case Errno.EACCES, Errno.EPERM ->
              new AccessDeniedException(file, other, Errno.describe(errno));
          case Errno.ENOTEMPTY -> new DirectoryNotEmptyException(other == null ? file : other);
          case Errno.ENOTDIR -> new NotDirectoryException(file);
          case Errno.ELOOP -> new FileSystemLoopException(file);
          case Errno.EXDEV ->
              new AtomicMoveNotSupportedException(file, other, Errno.describe(errno));
          default -> new FileSystemException(file, other, Errno.describe(errno));
        };
    translated.initCause(this);
    return translated;
  }
}
