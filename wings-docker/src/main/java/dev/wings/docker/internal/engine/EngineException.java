package dev.wings.docker.internal.engine;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A call to the engine that did not succeed: refused by the engine, late, cancelled, or broken on
/// the way. Stays inside this module; callers outside get a [WingsException].
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  // Absolute paths with two components or more that are not part of a URL.
  private static final Pattern HOST_PATH = Pattern.compile("(?<![\\w:/.@-])(/[\\w.@+-]+){2,}/?");

  /// What went wrong.
  public enum Failure {
    /// The engine answered with an error status.
    REFUSED,
    /// No complete answer in time.
    TIMEOUT,
    /// The calling thread was interrupted.
    INTERRUPTED,
    /// The engine cannot be reached, or the connection broke.
    BROKEN,
    /// The answer makes no sense.
    MALFORMED
  }

  private final Failure failure;
  private final int status;

  public EngineException(Failure failure, int status, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = failure;
    this.status = status;
  }

  static EngineException refused(int status, String message) {
    return new EngineException(Failure.REFUSED, status, message, null);
  }

  static EngineException unreadable(Throwable cause) {
    return new EngineException(
        Failure.MALFORMED, 0, "the container engine's answer cannot be read", cause);
  }

  public Failure failure() {
    return failure;
  }

  /// HTTP status of a refusal, 0 for everything else.
  public int status() {
    return status;
  }

  public boolean notFound() {
    return status == 404;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? failure.toString() : message;
  }

  /// Translates for callers of the module: what was tried, then the engine's words without host
  /// paths. The full text stays in the cause.
  public WingsException toWings(String tried) {
    return switch (failure) {
      case INTERRUPTED -> new WingsException(ErrorKind.IMPOSSIBLE, tried + ": cancelled", this);
      case TIMEOUT ->
          new WingsException(
              ErrorKind.UPSTREAM, tried + ": the container engine did not answer in time", this);
      case BROKEN ->
          new WingsException(
              ErrorKind.UPSTREAM, tried + ": the container engine cannot be reached", this);
      case REFUSED, MALFORMED ->
          new WingsException(ErrorKind.UPSTREAM, tried + ": " + withoutHostPaths(), this);
    };
  }

  private String withoutHostPaths() {
    return HOST_PATH.matcher(getMessage()).replaceAll("<path>");
  }
}
