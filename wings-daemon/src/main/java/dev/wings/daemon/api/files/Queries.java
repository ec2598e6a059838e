package dev.wings.daemon.api.files;

import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import java.util.OptionalLong;
import java.util.UUID;

/// Query parameters of the file routes.
final class Queries {
  private static final int MAX_DIGITS = 18;

  private Queries() {}

  /// @throws ApiException 400 when it is missing
  static String required(Request request, String name) {
    return request.query(name).orElseThrow(() -> missing(name));
  }

  /// @throws ApiException 400 when it is missing or no unsigned number
  static long requiredNumber(Request request, String name) {
    return request.queryUnsigned(name).orElseThrow(() -> missing(name));
  }

  private static ApiException missing(String name) {
    return new ApiException(400, "invalid query string: missing field `" + name + "`");
  }

  /// False when it is missing.
  static boolean flag(Request request, String name) {
    return switch (request.query(name).orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new ApiException(400, "invalid query string: " + name + " is not a bool");
    };
  }

  static UUID uuid(String text, String name) {
    try {
      if (text.length() == 36) {
        return UUID.fromString(text);
      }
    } catch (IllegalArgumentException malformed) {
      // refused below
    }
    throw new ApiException(400, "invalid query string: " + name + " is not a uuid");
  }

  /// A decimal header; empty when it is missing or something else.
  static OptionalLong number(Request request, String header) {
    return decimal(request.header(header).orElse(""));
  }

  /// A decimal number; empty when the text is something else.
  static OptionalLong decimal(String text) {
    String digits = text.strip();
    boolean decimal =
        !digits.isEmpty()
            && digits.length() <= MAX_DIGITS
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return decimal ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
  }
}
