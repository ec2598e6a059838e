package dev.wings.daemon.api.files;

import dev.wings.core.WingsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Reads a `multipart/form-data` body part by part, in the order of arrival and in constant memory
/// (RFC 7578). For one thread.
final class MultipartReader {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int MAX_BOUNDARY = 200;

  private final InputStream in;
  private final byte[] delimiter; // CR LF dash dash boundary
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;
  private boolean sourceEnded;
  private boolean begun;
  private boolean finished;
  private boolean insidePart;

  /// One part.
  ///
  /// @param fileName as the client sent it; empty when the part is no file
  record Part(Optional<String> fileName, InputStream content) {}

  /// @param contentType of the request
  /// @throws WingsException kind `INVALID` when it is another type or has no boundary
  MultipartReader(InputStream in, String contentType) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary(contentType)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String boundary(String contentType) {
    String[] parameters = contentType.split(";");
    if (!parameters[0].strip().equalsIgnoreCase("multipart/form-data")) {
      throw WingsException.invalid("invalid payload: expected multipart/form-data");
    }
    for (int i = 1; i < parameters.length; i++) {
      String parameter = parameters[i].strip();
      if (parameter.toLowerCase(Locale.ROOT).startsWith("boundary=")) {
        String value = parameter.substring("boundary=".length());
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
          value = value.substring(1, value.length() - 1);
        }
        if (!value.isEmpty() && value.length() <= MAX_BOUNDARY) {
          return value;
        }
      }
    }
    throw WingsException.invalid("invalid payload: no multipart boundary");
  }

  /// The next part; what is left of the one before is skipped. Empty at the end.
  ///
  /// @throws WingsException kind `INVALID` for a body that is no multipart
  Optional<Part> next() throws IOException {
    if (finished) {
      return Optional.empty();
    }
    if (insidePart) {
      new Content().skipRest();
    }
    if (!begun) {
      begun = true;
      skipPreamble();
    }
    if (lineAfterBoundary()) {
      finished = true;
      return Optional.empty();
    }
    Optional<String> fileName = fileName(headers());
    insidePart = true;
    return Optional.of(new Part(fileName, new Content()));
  }

  /// The first boundary has no line end before it when the body begins with it.
  private void skipPreamble() throws IOException {
    need(delimiter.length - 2);
    byte[] first = Arrays.copyOfRange(delimiter, 2, delimiter.length);
    if (startsWith(first)) {
      from += first.length;
    } else {
      new Content().skipRest();
    }
  }

  private boolean startsWith(byte[] bytes) {
    return to - from >= bytes.length
        && Arrays.equals(buffer, from, from + bytes.length, bytes, 0, bytes.length);
  }

  /// @return whether it was the last boundary
  private boolean lineAfterBoundary() throws IOException {
    need(2);
    if (to - from >= 2 && buffer[from] == '-' && buffer[from + 1] == '-') {
      return true;
    }
    String rest = line();
    if (!rest.isBlank()) {
      throw malformed();
    }
    return false;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (from == to && !fill()) {
        throw malformed();
      }
      byte b = buffer[from++];
      if (b == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      line.write(b);
      if (line.size() > MAX_HEADER_BYTES) {
        throw malformed();
      }
    }
  }

  /// Value of the part's `Content-Disposition`, empty when it has none.
  private String headers() throws IOException {
    String disposition = "";
    int bytes = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      bytes += line.length();
      if (bytes > MAX_HEADER_BYTES) {
        throw malformed();
      }
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase("content-disposition")) {
        disposition = line.substring(colon + 1);
      }
    }
    return disposition;
  }

  /// Browsers write a quote in a name as `%22` and line ends as `%0D` and `%0A`; other clients put
  /// a backslash before quote and backslash.
  private static Optional<String> fileName(String disposition) {
    int at = disposition.toLowerCase(Locale.ROOT).indexOf("filename=");
    if (at < 0) {
      return Optional.empty();
    }
    String rest = disposition.substring(at + "filename=".length()).strip();
    if (!rest.startsWith("\"")) {
      int end = rest.indexOf(';');
      return Optional.of((end < 0 ? rest : rest.substring(0, end)).strip());
    }
    StringBuilder name = new StringBuilder();
    for (int i = 1; i < rest.length() && rest.charAt(i) != '"'; i++) {
      char c = rest.charAt(i);
      boolean escape =
          c == '\\'
              && i + 1 < rest.length()
              && (rest.charAt(i + 1) == '"' || rest.charAt(i + 1) == '\\');
      name.append(escape ? rest.charAt(++i) : c);
    }
    return Optional.of(
        name.toString().replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
  }

  private void need(int bytes) throws IOException {
    while (to - from < bytes && fill()) {
      // until enough is there or the body ends
    }
  }

  /// @return false when the body has ended
  private boolean fill() throws IOException {
    if (sourceEnded) {
      return false;
    }
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    int count = in.read(buffer, to, buffer.length - to);
    if (count < 0) {
      sourceEnded = true;
      return false;
    }
    to += count;
    return true;
  }

  private static WingsException malformed() {
    return WingsException.invalid("invalid payload: malformed multipart body");
  }

  /// What lies before the next boundary.
  private final class Content extends InputStream {
    private boolean ended;
    private int searched; // bytes after `from` that hold no beginning of a boundary

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (ended) {
        return -1;
      }
      int count = Math.min(length, available(length));
      if (count == 0) {
        ended = true;
        insidePart = false;
        from += delimiter.length;
        return -1;
      }
      System.arraycopy(buffer, from, target, offset, count);
      from += count;
      searched -= count;
      return count;
    }

    /// Bytes that certainly belong to the part; 0 when the boundary is next.
    private int available(int wanted) throws IOException {
      while (searched == 0) {
        int index = indexOfDelimiter();
        if (index == from) {
          return 0;
        }
        if (index > from) {
          searched = index - from;
        } else {
          searched = Math.max(0, to - from - delimiter.length + 1);
          if (searched == 0 && !fill()) {
            throw malformed(); // the body ends inside a part
          }
        }
      }
      return Math.min(wanted, searched);
    }

    private int indexOfDelimiter() {
      int end = to - delimiter.length;
      for (int i = from; i <= end; i++) {
        if (buffer[i] == '\r'
            && Arrays.equals(buffer, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
          return i;
        }
      }
      return -1;
    }

    void skipRest() throws IOException {
      byte[] waste = new byte[8 << 10];
      while (read(waste, 0, waste.length) >= 0) {
        // to the boundary
      }
    }
  }
}
