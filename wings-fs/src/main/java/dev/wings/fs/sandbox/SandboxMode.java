package dev.wings.fs.sandbox;

/// How names are resolved below the root.
public enum SandboxMode {
  /// By the kernel in one call, openat2(2) with `RESOLVE_BENEATH` and `RESOLVE_NO_MAGICLINKS`.
  OPENAT2("openat2"),
  /// One component after the other without following links, which are resolved by hand: for kernels
  /// before 5.6 and system call filters that refuse openat2(2).
  COMPONENT_WALK("component-walk");

  private final String label;

  SandboxMode(String label) {
    this.label = label;
  }

  /// For logs and metrics.
  public String label() {
    return label;
  }
}
