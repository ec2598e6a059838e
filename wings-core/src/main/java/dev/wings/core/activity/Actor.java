package dev.wings.core.activity;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who does something.
///
/// @param user null for the system or the Panel itself
/// @param ip client address without port, null when there is none
/// @param schedule the schedule that caused it, null otherwise
public record Actor(@Nullable UUID user, @Nullable String ip, @Nullable UUID schedule) {
  /// The daemon itself.
  public static final Actor SYSTEM = new Actor(null, null, null);

  /// The Panel; it keeps its own record of what it asks for.
  public static final Actor PANEL = new Actor(null, null, null);
}
