package dev.wings.fs.pull;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A CIDR range. IPv4-mapped IPv6 addresses count as IPv4, on both sides.
///
/// @param network 4 or 16 bytes
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record IpRange(byte[] network, int prefixBits) {
  private static final int MAPPED_BITS = 96;
  private static final Logger log = LoggerFactory.getLogger(IpRange.class);

  /// Reads `address` or `address/prefix`.
  ///
  /// @throws IllegalArgumentException when it is neither
  static IpRange parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    byte[] network = InetAddress.ofLiteral(address).getAddress();
    int bits = network.length * 8;
    int prefix = bits;
    if (slash >= 0) {
      prefix = Integer.parseInt(text.substring(slash + 1));
      if (network.length == 4 && address.indexOf(':') >= 0) { // the JDK made IPv4 of a mapped one
        prefix -= MAPPED_BITS;
      }
    }
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException("range: " + text + " (expected: prefix 0-" + bits + ")");
    }
    return new IpRange(network, prefix);
  }

  /// Ranges of a configuration.
  ///
  /// @param complete whether every entry could be read
  record Readable(List<IpRange> ranges, boolean complete) {}

  /// Reads what can be read of a list, and is loud about the rest.
  ///
  /// @param setting that the list is the value of
  static Readable readable(List<String> texts, String setting) {
    List<IpRange> ranges = new ArrayList<>();
    for (String text : texts) {
      try {
        ranges.add(parse(text.strip()));
      } catch (IllegalArgumentException unreadable) {
        log.atError()
            .addKeyValue("setting", setting)
            .addKeyValue("entry", text)
            .setCause(unreadable)
            .log("no address or range, which the configuration must have here");
      }
    }
    return new Readable(List.copyOf(ranges), ranges.size() == texts.size());
  }

  static List<IpRange> all(String... texts) {
    return Arrays.stream(texts).map(IpRange::parse).toList();
  }

  boolean contains(InetAddress address) {
    byte[] bytes = IpLiterals.canonical(address).getAddress();
    return bytes.length == network.length && sameBits(bytes, network, prefixBits);
  }

  boolean overlaps(IpRange other) {
    return other.network.length == network.length
        && sameBits(other.network, network, Math.min(prefixBits, other.prefixBits));
  }

  private static boolean sameBits(byte[] a, byte[] b, int bits) {
    int whole = bits / 8;
    if (Arrays.mismatch(a, 0, whole, b, 0, whole) >= 0) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
  }

  static boolean anyContains(List<IpRange> ranges, InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  /// The network that an address with this prefix length is in.
  static IpRange of(InetAddress address, int prefixBits) {
    return new IpRange(IpLiterals.canonical(address).getAddress(), prefixBits);
  }
}
