package dev.wings.docker.internal.network;

import com.google.common.net.InetAddresses;
import dev.wings.core.config.DockerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// The addresses of the daemon's network as the configuration names them.
///
/// @param interfaceAddress `docker.network.interface`
record AddressPool(
    String interfaceAddress, String v4Subnet, String v4Gateway, String v6Subnet, String v6Gateway) {

  static AddressPool of(DockerConfig.Network network) {
    DockerConfig.Interfaces interfaces = network.interfaces();
    return new AddressPool(
        network.interfaceAddress(),
        interfaces.v4().subnet(),
        interfaces.v4().gateway(),
        interfaces.v6().subnet(),
        interfaces.v6().gateway());
  }

  /// The next candidate: second octet (IPv4) or third group (IPv6) plus one, wrapping.
  AddressPool next() {
    return new AddressPool(
        shift(interfaceAddress),
        shift(v4Subnet),
        shift(v4Gateway),
        shift(v6Subnet),
        shift(v6Gateway));
  }

  private static String shift(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (!InetAddresses.isInetAddress(address)) {
      return text; // an empty or named interface stays as it is
    }
    byte[] bytes = InetAddresses.forString(address).getAddress();
    if (bytes.length == 4) {
      bytes[1]++;
    } else if (++bytes[5] == 0) {
      bytes[4]++;
    }
    return text(bytes) + (slash < 0 ? "" : text.substring(slash));
  }

  private static String text(byte[] bytes) {
    try {
      return InetAddresses.toAddrString(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("address of " + bytes.length + " bytes", e);
    }
  }

  /// Whether two subnets in CIDR notation share an address. Text that is no subnet shares nothing.
  static boolean overlap(String left, String right) {
    int leftSlash = left.indexOf('/');
    int rightSlash = right.indexOf('/');
    if (leftSlash < 0 || rightSlash < 0) {
      return false;
    }
    try {
      byte[] a = InetAddresses.forString(left.substring(0, leftSlash)).getAddress();
      byte[] b = InetAddresses.forString(right.substring(0, rightSlash)).getAddress();
      int bits =
          Math.min(
              Integer.parseInt(left.substring(leftSlash + 1)),
              Integer.parseInt(right.substring(rightSlash + 1)));
      return a.length == b.length && bits <= a.length * 8 && samePrefix(a, b, bits);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean samePrefix(byte[] a, byte[] b, int bits) {
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i % 8);
      if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
