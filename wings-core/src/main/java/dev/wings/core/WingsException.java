package dev.wings.core;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// An expected failure. The message is fit for a user: short, lower case, naming the thing and the
/// limit, without host paths or secrets (except for [ErrorKind#INTERNAL], whose message only
/// reaches the log).
public final class WingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;

  public WingsException(ErrorKind kind, String message) {
    this(kind, message, null);
  }

  public WingsException(ErrorKind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = requireNonNull(kind, "kind");
  }

  public ErrorKind kind() {
    return kind;
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }

  public static WingsException invalid(String message) {
    return new WingsException(ErrorKind.INVALID, message);
  }

  public static WingsException notFound(String message) {
    return new WingsException(ErrorKind.NOT_FOUND, message);
  }

  public static WingsException conflict(String message) {
    return new WingsException(ErrorKind.CONFLICT, message);
  }

  public static WingsException impossible(String message) {
    return new WingsException(ErrorKind.IMPOSSIBLE, message);
  }

  public static WingsException denied(String message) {
    return new WingsException(ErrorKind.DENIED, message);
  }
}
