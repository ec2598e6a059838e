package dev.wings.fs.pull;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/// A CIDR range. IPv4-mapped IPv6 addresses count as IPv4, on both sides.
///
/// @param network 4 or 16 bytes
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record IpRange(byte[] network, int prefixBits) {
  private static final int MAPPED_BITS = 96;

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
