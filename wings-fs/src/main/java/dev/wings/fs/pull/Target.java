package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import java.net.IDN;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One URL, taken apart strictly: what different programs read differently is refused, so that the
/// host that is judged is the host that is connected to and named.
///
/// @param host lower case and ASCII: a name, or an address in its canonical spelling
/// @param address set when the host is an address
/// @param file path and query, percent-encoded, beginning with a slash
record Target(boolean secure, String host, @Nullable InetAddress address, int port, String file) {
  private static final int MAX_LENGTH = 8192;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int MAX_PORT = 65535;
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");
  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*");

  /// Characters that IDNA takes for a dot.
  private static final Pattern DOTS = Pattern.compile("[\\u3002\\uff0e\\uff61]");

  Target {
    requireNonNull(host, "host");
    requireNonNull(file, "file");
  }

  static FetchException malformed() {
    return new FetchException("failed to parse download URL");
  }

  /// @throws FetchException for anything that is no plain http or https URL, or names a user
  static Target parse(String url) throws FetchException {
    String text = url.strip();
    boolean odd = text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
    if (odd || text.length() > MAX_LENGTH) {
      throw malformed();
    }
    String lower = text.substring(0, Math.min(8, text.length())).toLowerCase(Locale.ROOT);
    boolean secure = lower.startsWith("https://");
    if (!secure && !lower.startsWith("http://")) {
      throw malformed();
    }
    int start = secure ? 8 : 7;
    int end = start;
    while (end < text.length() && "/?#\\".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return of(secure, text.substring(start, end), text.substring(end));
  }

  private static Target of(boolean secure, String authority, String rest) throws FetchException {
    if (authority.indexOf('@') >= 0 || rest.startsWith("\\")) {
      throw malformed();
    }
    int bracket = authority.indexOf(']');
    int colon = authority.indexOf(':', Math.max(0, bracket));
    String host = colon < 0 ? authority : authority.substring(0, colon);
    int port = port(colon < 0 ? "" : authority.substring(colon + 1), secure);
    String file = encode(withoutFragment(rest));
    String absolute = file.startsWith("/") ? file : "/" + file;
    if (host.startsWith("[") && host.endsWith("]")) {
      InetAddress literal = IpLiterals.version6(host.substring(1, host.length() - 1));
      return new Target(secure, IpLiterals.text(literal), literal, port, absolute);
    }
    String name = ascii(host);
    Optional<InetAddress> literal = IpLiterals.version4(name);
    return new Target(
        secure, literal.map(IpLiterals::text).orElse(name), literal.orElse(null), port, absolute);
  }

  private static int port(String text, boolean secure) throws FetchException {
    if (text.isEmpty()) {
      return secure ? HTTPS_PORT : HTTP_PORT;
    }
    if (!text.matches("[0-9]{1,5}")) {
      throw malformed();
    }
    int port = Integer.parseInt(text);
    if (port == 0 || port > MAX_PORT) {
      throw malformed();
    }
    return port;
  }

  /// The name as it goes to the name service: full-width letters and dots folded, other scripts in
  /// their ASCII form, the dot of the root dropped.
  private static String ascii(String host) throws FetchException {
    String folded =
        Normalizer.normalize(DOTS.matcher(host).replaceAll("."), Normalizer.Form.NFKC)
            .toLowerCase(Locale.ROOT);
    String name;
    try {
      name = IDN.toASCII(folded).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException noName) {
      throw malformed();
    }
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (!NAME.matcher(name).matches()) {
      throw malformed();
    }
    return name;
  }

  private static String withoutFragment(String rest) {
    int fragment = rest.indexOf('#');
    return fragment < 0 ? rest : rest.substring(0, fragment);
  }

  /// Escapes what may not stand in a request line; what is escaped already stays.
  private static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (c <= ' ' || c >= 0x7f || "\"<>\\^`{|}".indexOf(c) >= 0) {
        encoded.append('%').append(String.format(Locale.ROOT, "%02X", c));
      } else {
        encoded.append((char) c);
      }
    }
    return encoded.toString();
  }

  /// Where a `Location` header leads.
  ///
  /// @throws FetchException when it is no http or https URL, or leads from https back to http
  Target redirectedTo(String location) throws FetchException {
    String text = location.strip();
    Target next;
    if (SCHEME.matcher(text).matches()) {
      next = parse(text);
    } else if (text.startsWith("//")) {
      next = parse((secure ? "https:" : "http:") + text);
    } else {
      if (text.startsWith("\\") || text.startsWith("/\\") || text.length() > MAX_LENGTH) {
        throw malformed();
      }
      next = new Target(secure, host, address, port, resolved(encode(withoutFragment(text))));
    }
    if (secure && !next.secure) {
      throw new FetchException("the remote server redirects from https to http");
    }
    return next;
  }

  private String resolved(String relative) {
    String path = path();
    if (relative.isEmpty()) {
      return file;
    }
    if (relative.startsWith("?")) {
      return path + relative;
    }
    String joined =
        relative.startsWith("/")
            ? relative
            : path.substring(0, path.lastIndexOf('/') + 1) + relative;
    int query = joined.indexOf('?');
    return query < 0
        ? withoutDots(joined)
        : withoutDots(joined.substring(0, query)) + joined.substring(query);
  }

  private static String withoutDots(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] names = path.substring(1).split("/", -1);
    for (int i = 0; i < names.length; i++) {
      boolean last = i == names.length - 1;
      if (names[i].equals("..")) {
        kept.pollLast();
      } else if (!names[i].equals(".")) {
        kept.addLast(names[i]);
        continue;
      }
      if (last) {
        kept.addLast("");
      }
    }
    return "/" + String.join("/", kept);
  }

  String path() {
    int query = file.indexOf('?');
    return query < 0 ? file : file.substring(0, query);
  }

  /// Host and, where it is not the scheme's own, port.
  String authority() {
    String named = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    boolean usual = port == (secure ? HTTPS_PORT : HTTP_PORT);
    return usual ? named : named + ":" + port;
  }

  /// The whole URL in its normal form.
  @Override
  public String toString() {
    return (secure ? "https://" : "http://") + authority() + file;
  }
}
