package dev.wings.fs.pull;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Status and headers of an answer (RFC 9112), read strictly and within a limit.
///
/// @param headers in their order
record ResponseHead(int status, List<Header> headers) {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_HEADERS = 512;
  private static final int MAX_INTERIM = 8;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})( .*)?");
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /// @param name lower case
  /// @param value as UTF-8 where it is that, else byte by byte
  record Header(String name, String value) {}

  ResponseHead {
    headers = List.copyOf(headers);
  }

  /// Reads the final answer, past interim ones.
  static ResponseHead read(Wire wire) throws IOException {
    try {
      for (int interim = 0; interim <= MAX_INTERIM; interim++) {
        ResponseHead head = parse(wire.lines(MAX_BYTES));
        if (head.status >= 200) {
          return head;
        }
        if (head.status == SWITCHING_PROTOCOLS) {
          break;
        }
      }
    } catch (EOFException early) {
      throw new FetchException("the remote server closed the connection", early);
    }
    throw malformed();
  }

  private static FetchException malformed() {
    return new FetchException("the answer of the remote server is not valid HTTP");
  }

  private static ResponseHead parse(List<String> lines) throws FetchException {
    Matcher status = STATUS.matcher(lines.isEmpty() ? "" : lines.getFirst());
    if (!status.matches() || lines.size() > MAX_HEADERS + 1) {
      throw malformed();
    }
    List<Header> headers = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      headers.add(header(line));
    }
    return new ResponseHead(Integer.parseInt(status.group(1)), headers);
  }

  private static Header header(String line) throws FetchException {
    int colon = line.indexOf(':');
    String name = colon < 0 ? "" : line.substring(0, colon);
    boolean odd = line.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f);
    if (odd || !NAME.matcher(name).matches()) { // folded lines begin with a blank and end here too
      throw malformed();
    }
    return new Header(name.toLowerCase(Locale.ROOT), decoded(line.substring(colon + 1).strip()));
  }

  private static String decoded(String bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException other) {
      return bytes;
    }
  }

  Optional<String> first(String name) {
    return headers.stream().filter(h -> h.name().equals(name)).map(Header::value).findFirst();
  }

  private List<String> all(String name) {
    return headers.stream().filter(h -> h.name().equals(name)).map(Header::value).toList();
  }

  boolean redirects() {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> first("location").isPresent();
      default -> false;
    };
  }

  /// Whether the body comes in chunks.
  ///
  /// @throws FetchException for any other coding, and for a length beside it
  boolean chunked() throws FetchException {
    List<String> codings = all("transfer-encoding");
    if (codings.isEmpty()) {
      return false;
    }
    boolean plain = codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
    if (!plain || !all("content-length").isEmpty()) {
      throw malformed();
    }
    return true;
  }

  /// The announced length of the body.
  ///
  /// @throws FetchException when it is no number, or there are two
  OptionalLong contentLength() throws FetchException {
    List<String> lengths = all("content-length").stream().distinct().toList();
    if (lengths.isEmpty()) {
      return OptionalLong.empty();
    }
    if (lengths.size() > 1 || !LENGTH.matcher(lengths.getFirst()).matches()) {
      throw malformed();
    }
    return OptionalLong.of(Long.parseLong(lengths.getFirst()));
  }
}
