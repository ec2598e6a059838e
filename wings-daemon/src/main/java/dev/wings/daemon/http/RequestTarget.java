package dev.wings.daemon.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request target taken apart: path segments decoded once, repeated slashes collapsed (the Panel
/// joins its public URL without care), the query decoded on demand. Not thread-safe before the
/// query was read once.
final class RequestTarget {
  private final String path;
  private final @Nullable String rawQuery;
  private final List<String> segments;
  private @Nullable Map<String, List<String>> query;

  private RequestTarget(String path, @Nullable String rawQuery, List<String> segments) {
    this.path = path;
    this.rawQuery = rawQuery;
    this.segments = segments;
  }

  /// Takes the origin form (`/path?query`) and the absolute form (`http://host/path?query`).
  ///
  /// @throws ApiException 400 when it is neither, or wrongly encoded
  static RequestTarget parse(String target) {
    String rest = target;
    if (!rest.startsWith("/")) {
      int authority = rest.startsWith("http://") ? 7 : rest.startsWith("https://") ? 8 : -1;
      int slash = authority < 0 ? -1 : rest.indexOf('/', authority);
      if (slash < 0) {
        throw new ApiException(400, "invalid request target");
      }
      rest = rest.substring(slash);
    }
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    String rawQuery = question < 0 ? null : rest.substring(question + 1);
    return new RequestTarget(path, rawQuery, split(path));
  }

  /// As sent, without the query.
  String path() {
    return path;
  }

  @Nullable String rawQuery() {
    return rawQuery;
  }

  List<String> segments() {
    return segments;
  }

  /// Values of a parameter in order, empty when it is absent.
  List<String> query(String name) {
    Map<String, List<String>> decoded = query;
    if (decoded == null) {
      decoded = rawQuery == null ? Map.of() : decode(rawQuery);
      query = decoded;
    }
    return decoded.getOrDefault(name, List.of());
  }

  private static Map<String, List<String>> decode(String rawQuery) {
    try {
      return new QueryStringDecoder(
              rawQuery, StandardCharsets.UTF_8, /* hasPath= */ false, /* maxParams= */ 1024)
          .parameters();
    } catch (IllegalArgumentException malformed) {
      throw new ApiException(400, "invalid query string");
    }
  }

  private static List<String> split(String path) {
    List<String> segments = new ArrayList<>(6);
    int start = 1;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      // Empty segments vanish, except a last one: "path/" is not "path".
      if (end > start || (slash < 0 && start > 1)) {
        segments.add(decodeSegment(path.substring(start, end)));
      }
      if (slash < 0) {
        break;
      }
      start = slash + 1;
    }
    return segments;
  }

  private static String decodeSegment(String segment) {
    boolean plain = true;
    for (int i = 0; i < segment.length() && plain; i++) {
      char c = segment.charAt(i);
      plain = c != '%' && c < 0x80;
    }
    if (plain) {
      return segment;
    }
    byte[] bytes = new byte[segment.length()];
    int length = 0;
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == '%') {
        boolean complete = i + 2 < segment.length();
        int high = complete ? Character.digit(segment.charAt(i + 1), 16) : -1;
        int low = complete ? Character.digit(segment.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new ApiException(400, "invalid path");
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    try {
      String decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
      if (decoded.indexOf('\0') >= 0) {
        throw new ApiException(400, "invalid path");
      }
      return decoded;
    } catch (CharacterCodingException malformed) {
      throw new ApiException(400, "invalid path");
    }
  }
}
