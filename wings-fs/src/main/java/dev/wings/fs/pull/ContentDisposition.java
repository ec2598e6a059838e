package dev.wings.fs.pull;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The file name of a `Content-Disposition` header (RFC 6266): `filename*` before `filename`.
final class ContentDisposition {
  private final String text;
  private int position;
  private final Map<String, String> parameters = new HashMap<>();

  private ContentDisposition(String text) {
    this.text = text;
  }

  /// The name as the server wrote it, whatever is in it; empty when there is none.
  static Optional<String> fileName(String header) {
    ContentDisposition parsed = new ContentDisposition(header);
    parsed.parse();
    return Optional.ofNullable(parsed.parameters.get("filename*"))
        .flatMap(ContentDisposition::extended)
        .or(() -> Optional.ofNullable(parsed.parameters.get("filename")))
        .filter(name -> !name.isEmpty());
  }

  private void parse() {
    skipTo(';');
    while (position < text.length()) {
      position++; // the semicolon
      int equals = text.indexOf('=', position);
      int next = text.indexOf(';', position);
      if (equals < 0 || (next >= 0 && next < equals)) {
        skipTo(';'); // a parameter without value
        continue;
      }
      String name = text.substring(position, equals).strip().toLowerCase(Locale.ROOT);
      position = equals + 1;
      parameters.putIfAbsent(name, value());
      skipTo(';');
    }
  }

  private void skipTo(char end) {
    while (position < text.length() && text.charAt(position) != end) {
      position++;
    }
  }

  private String value() {
    while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
      position++;
    }
    if (position == text.length() || text.charAt(position) != '"') {
      int start = position;
      skipTo(';');
      return text.substring(start, position).strip();
    }
    StringBuilder value = new StringBuilder();
    position++;
    while (position < text.length() && text.charAt(position) != '"') {
      if (text.charAt(position) == '\\' && position + 1 < text.length()) {
        position++;
      }
      value.append(text.charAt(position++));
    }
    position = Math.min(position + 1, text.length());
    return value.toString();
  }

  /// `charset'language'percent-encoded` (RFC 8187); empty when it is not that.
  private static Optional<String> extended(String value) {
    int first = value.indexOf('\'');
    int second = first < 0 ? -1 : value.indexOf('\'', first + 1);
    if (second < 0) {
      return Optional.empty();
    }
    return switch (value.substring(0, first).toLowerCase(Locale.ROOT)) {
      case "utf-8" -> percentDecoded(value.substring(second + 1), StandardCharsets.UTF_8);
      case "iso-8859-1" -> percentDecoded(value.substring(second + 1), StandardCharsets.ISO_8859_1);
      default -> Optional.empty();
    };
  }

  /// Empty when it is not text in that character set.
  static Optional<String> percentDecoded(String text, Charset charset) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      int c = text.codePointAt(i);
      if (c != '%') {
        bytes.writeBytes(Character.toString(c).getBytes(charset));
        i += Character.charCount(c) - 1;
        continue;
      }
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
      if (low < 0) {
        return Optional.empty();
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    try {
      return Optional.of(
          charset.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString());
    } catch (CharacterCodingException malformed) {
      return Optional.empty();
    }
  }
}
