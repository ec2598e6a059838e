package dev.wings.daemon.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// A set of CIDR ranges. IPv4-mapped IPv6 addresses count as IPv4, on both sides. Immutable.
final class AddressRanges {
  private record Range(byte[] network, int prefixBits) {
    boolean contains(byte[] address) {
      if (address.length != network.length) {
        return false;
      }
      int whole = prefixBits / 8;
      for (int i = 0; i < whole; i++) {
        if (address[i] != network[i]) {
          return false;
        }
      }
      int rest = prefixBits % 8;
      return rest == 0 || ((address[whole] ^ network[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }
  }

  private final List<Range> ranges;

  private AddressRanges(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /// Reads `address` or `address/prefix` entries.
  ///
  /// @throws IllegalArgumentException naming the entry that is neither
  static AddressRanges parse(List<String> entries) {
    List<Range> ranges = new ArrayList<>();
    for (String entry : entries) {
      int slash = entry.indexOf('/');
      InetAddress address =
          IpAddresses.parse(slash < 0 ? entry : entry.substring(0, slash))
              .orElseThrow(() ->
                  new IllegalArgumentException("range: " + entry + " (expected: address/prefix)"));
      byte[] network = address.getAddress();
      int prefix = slash < 0 ? network.length * 8 : prefix(entry, slash, network.length * 8);
      ranges.add(new Range(network, prefix));
    }
    return new AddressRanges(ranges);
  }

  boolean contains(InetAddress address) {
    if (ranges.isEmpty()) {
      return false;
    }
    byte[] bytes = IpAddresses.canonical(address).getAddress();
    for (Range range : ranges) {
      if (range.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  private static int prefix(String entry, int slash, int maxBits) {
    try {
      int prefix = Integer.parseInt(entry.substring(slash + 1));
      if (prefix >= 0 && prefix <= maxBits) {
        return prefix;
      }
    } catch (NumberFormatException notANumber) {
      // refused below together with numbers out of range
    }
    throw new IllegalArgumentException("range: " + entry + " (expected: prefix 0-" + maxBits + ")");
  }
}
