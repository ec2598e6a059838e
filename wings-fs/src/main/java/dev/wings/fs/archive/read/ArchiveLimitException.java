package dev.wings.fs.archive.read;

import org.jspecify.annotations.Nullable;

/// An archive that goes beyond one of the [ExtractionLimits]. The message names the limit.
public final class ArchiveLimitException extends ArchiveException {
  private static final long serialVersionUID = 1L;

  public ArchiveLimitException(String message) {
    super(message);
  }

  public ArchiveLimitException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
