package dev.wings.core.panel;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Panel refused a call or could not be reached.
public final class PanelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final List<String> errors;
  private final Duration retryAfter;

  /// @param status HTTP status, 0 when no answer came
  /// @param errors messages of the Panel, may be empty
  public PanelException(int status, List<String> errors, @Nullable Throwable cause) {
    this(status, errors, Duration.ZERO, cause);
  }

  /// @param retryAfter how long the Panel asked to wait, zero when it did not ask
  public PanelException(
      int status, List<String> errors, Duration retryAfter, @Nullable Throwable cause) {
    super(
        (status == 0 ? "panel unreachable" : "panel answered " + status)
            + (errors.isEmpty() ? "" : ": " + String.join(", ", errors)),
        cause);
    this.status = status;
    this.errors = List.copyOf(errors);
    this.retryAfter = retryAfter;
  }

  public int status() {
    return status;
  }

  public List<String> errors() {
    return errors;
  }

  /// How long the Panel asked to wait before the next call, zero when it did not ask.
  public Duration retryAfter() {
    return retryAfter;
  }

  /// No answer, a timeout or a 5xx: worth another try later.
  public boolean unavailable() {
    return status == 0 || status >= 500 || status == 408 || status == 429;
  }
}
