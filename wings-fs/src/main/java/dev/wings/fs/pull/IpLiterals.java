package dev.wings.fs.pull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/// IP addresses written out, in every spelling that a resolver somewhere takes for one.
final class IpLiterals {
  private static final int MAX_PARTS = 4;
  private static final int GROUPS = 8;

  private IpLiterals() {}

  /// Reads an IPv4 address as `inet_aton` does: one to four parts, each decimal, octal (`0…`) or
  /// hexadecimal (`0x…`), the last one filling the rest.
  ///
  /// @param host lower case, without trailing dot
  /// @return empty when the host is a name
  /// @throws FetchException when it can only be meant as an address but is none
  static Optional<InetAddress> version4(String host) throws FetchException {
    String[] parts = host.split("\\.", -1);
    if (!looksNumeric(parts[parts.length - 1])) {
      return Optional.empty(); // no top-level domain is a number
    }
    if (parts.length > MAX_PARTS) {
      throw Target.malformed();
    }
    long address = 0;
    for (int i = 0; i < parts.length; i++) {
      boolean last = i == parts.length - 1;
      int bytes = last ? MAX_PARTS - i : 1;
      long value = number(parts[i]);
      if (value >= 1L << (8 * bytes)) {
        throw Target.malformed();
      }
      address = (address << (8 * bytes)) | value;
    }
    return Optional.of(
        of(
            new byte[] {
              (byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address
            }));
  }

  private static boolean looksNumeric(String label) {
    return !label.isEmpty()
        && (label.chars().allMatch(c -> c >= '0' && c <= '9') || label.matches("0x[0-9a-f]*"));
  }

  private static long number(String part) throws FetchException {
    try {
      if (part.startsWith("0x")) {
        return part.length() == 2 ? 0 : digits(part.substring(2), 16);
      }
      return part.length() > 1 && part.startsWith("0")
          ? digits(part.substring(1), 8)
          : digits(part, 10);
    } catch (NumberFormatException notANumber) {
      throw Target.malformed();
    }
  }

  private static long digits(String text, int radix) {
    if (!text.isEmpty() && Character.digit(text.charAt(0), radix) < 0) {
      throw new NumberFormatException("sign"); // which parseLong takes
    }
    return Long.parseLong(text, radix);
  }

  /// Reads what stands between brackets. A zone is dropped: it only names an interface.
  static InetAddress version6(String text) throws FetchException {
    int zone = text.indexOf('%');
    String address = zone < 0 ? text : text.substring(0, zone);
    if (address.indexOf(':') < 0) {
      throw Target.malformed();
    }
    try {
      return canonical(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException noAddress) {
      throw Target.malformed();
    }
  }

  /// The same address without zone, IPv4 where it is a mapped one.
  static InetAddress canonical(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    boolean mapped = bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
    for (int i = 0; i < 10 && mapped; i++) {
      mapped = bytes[i] == 0;
    }
    return of(mapped ? Arrays.copyOfRange(bytes, 12, 16) : bytes);
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// The canonical text, RFC 5952 for IPv6.
  static String text(InetAddress address) {
    byte[] bytes = canonical(address).getAddress();
    if (bytes.length == 4) {
      return canonical(address).getHostAddress();
    }
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int start = 0;
    int length = 1; // a single zero is not shortened
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (length > 1 && i == start) {
        text.append("::");
        i += length - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
