package dev.wings.daemon.api.files;

import java.nio.charset.StandardCharsets;

/// The `Content-Disposition` header of downloads (`http-api.md` 14.1).
final class Attachment {
  private static final String UNRESERVED = "!#$&+-.^_`|~";

  private Attachment() {}

  /// The file name in quotes; a name that is not plain ASCII gets a fallback and the true name in
  /// the extended form.
  static String header(String fileName) {
    StringBuilder quoted = new StringBuilder("attachment; filename=\"");
    boolean plain = true;
    for (int i = 0; i < fileName.length(); i++) {
      char c = fileName.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20 || c >= 0x7f) {
        quoted.append('_');
        plain = false;
      } else {
        quoted.append(c);
      }
    }
    quoted.append('"');
    return plain
        ? quoted.toString()
        : quoted.append("; filename*=").append(extended(fileName)) + "";
  }

  private static String extended(String name) {
    StringBuilder text = new StringBuilder("UTF-8''");
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean literal =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || UNRESERVED.indexOf(c) >= 0;
      if (literal) {
        text.append(c);
      } else {
        text.append('%').append(String.format("%02X", b & 0xff));
      }
    }
    return text.toString();
  }

  /// A name for archives, whose names stay ASCII: everything else becomes `_`.
  static String ascii(String name) {
    return name.chars()
        .collect(
            StringBuilder::new,
            (text, c) -> text.append(c < 0x20 || c >= 0x7f ? '_' : (char) c),
            StringBuilder::append)
        .toString();
  }
}
