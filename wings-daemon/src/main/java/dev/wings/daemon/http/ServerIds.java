package dev.wings.daemon.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads ids of paths strictly: the 36-character form only, which [UUID#fromString] alone does not
/// insist on.
final class ServerIds {
  private ServerIds() {}

  /// The id, or null when it is none.
  static @Nullable UUID parse(String text) {
    if (text.length() != 36) {
      return null;
    }
    for (int i = 0; i < 36; i++) {
      char c = text.charAt(i);
      boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
      if (hyphen ? c != '-' : Character.digit(c, 16) < 0 || c > 'f') {
        return null;
      }
    }
    return UUID.fromString(text);
  }
}
