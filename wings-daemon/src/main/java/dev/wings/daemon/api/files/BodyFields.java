package dev.wings.daemon.api.files;

import dev.wings.core.WingsException;
import org.jspecify.annotations.Nullable;

/// Members of documents that clients send.
final class BodyFields {
  private BodyFields() {}

  /// @throws WingsException kind `INVALID` when it is missing
  static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw WingsException.invalid("missing field " + name);
    }
    return value;
  }

  static boolean flag(@Nullable Boolean value, boolean otherwise) {
    return value == null ? otherwise : value;
  }
}
