package dev.wings.daemon.http;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/// Literal IP addresses as this protocol writes and compares them: never a name, and an IPv4-mapped
/// IPv6 address is the IPv4 address.
public final class IpAddresses {
  private IpAddresses() {}

  /// Reads a literal without zone, brackets or port; empty when it is none.
  public static Optional<InetAddress> parse(String text) {
    if (text.isEmpty() || text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      return Optional.empty();
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    return bytes == null ? Optional.empty() : Optional.of(canonical(of(bytes)));
  }

  /// The canonical text (RFC 5952 for IPv6), without zone.
  public static String text(InetAddress address) {
    return NetUtil.toAddressString(canonical(address));
  }

  /// The same address, IPv4 where it is a mapped one.
  public static InetAddress canonical(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    boolean mapped = bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
    for (int i = 0; i < 10 && mapped; i++) {
      mapped = bytes[i] == 0;
    }
    return mapped ? of(Arrays.copyOfRange(bytes, 12, 16)) : address;
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
