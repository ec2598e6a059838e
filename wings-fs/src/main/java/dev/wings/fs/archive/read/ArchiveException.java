package dev.wings.fs.archive.read;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// An archive that cannot be read: damaged, encrypted, or of a kind that is not supported. The
/// message is fit for a user and names what is wrong, without host paths.
public class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  public ArchiveException(String message) {
    super(message);
  }

  public ArchiveException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
