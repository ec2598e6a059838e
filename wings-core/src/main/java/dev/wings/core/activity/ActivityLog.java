package dev.wings.core.activity;

/// Takes activity entries for delivery. Never blocks on the network; an entry is durable when the
/// call returns.
@FunctionalInterface
public interface ActivityLog {
  void record(Activity activity);
}
