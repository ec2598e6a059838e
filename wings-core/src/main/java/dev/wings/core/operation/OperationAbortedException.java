package dev.wings.core.operation;

/// Ends work that was asked to end ([Progress#cancel]). No failure: it is not logged.
public final class OperationAbortedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public OperationAbortedException() {
    super("aborted", null, /* enableSuppression= */ true, /* writableStackTrace= */ false);
  }
}
