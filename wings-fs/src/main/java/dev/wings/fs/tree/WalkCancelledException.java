package dev.wings.fs.tree;

import java.io.IOException;

/// A walk over a tree ended early because its caller asked for it.
public final class WalkCancelledException extends IOException {
  private static final long serialVersionUID = 1L;

  public WalkCancelledException() {
    super("cancelled");
  }
}
