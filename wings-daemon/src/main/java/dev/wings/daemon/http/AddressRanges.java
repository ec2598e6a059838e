package dev.wings.daemon.http;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
      InetAddress address = address(slash < 0 ? entry : entry.substring(0, slash));
      if (address == null) {
        throw new IllegalArgumentException("range: " + entry + " (expected: address/prefix)");
      }
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
    byte[] bytes = canonical(address).getAddress();
    for (Range range : ranges) {
      if (range.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  /// Reads a literal address, never a name, without zone, brackets or port; null when it is none.
  static @Nullable InetAddress address(String text) {
    if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0 || text.isEmpty()) {
      return null;
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    if (bytes == null) {
      return null;
    }
    try {
      return canonical(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// The text form that the Panel compares with (RFC 5952 for IPv6), without zone.
  static String text(InetAddress address) {
    return NetUtil.toAddressString(canonical(address));
  }

  static InetAddress canonical(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    boolean mapped = bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
    for (int i = 0; i < 10 && mapped; i++) {
      mapped = bytes[i] == 0;
    }
    try {
      return mapped
          ? InetAddress.getByAddress(java.util.Arrays.copyOfRange(bytes, 12, 16))
          : address;
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
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
