package dev.wings.sftp.limit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/// What is counted as one client: an IPv4 address, or the /64 of an IPv6 address, because whoever
/// has one IPv6 address usually has all of its /64.
record ClientNetwork(InetAddress address) {
  static ClientNetwork of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return new ClientNetwork(address);
    }
    byte[] prefix = address.getAddress();
    Arrays.fill(prefix, 8, 16, (byte) 0);
    try {
      return new ClientNetwork(InetAddress.getByAddress(prefix));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("sixteen bytes are an address", e);
    }
  }
}
