package dev.wings.daemon.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Finds out who is behind a request (`http-api.md` 1.2, `threats.md` CF-04): forwarding headers
/// count only when the peer is trusted, and what is malformed falls back to the peer.
final class ClientAddress {
  private ClientAddress() {}

  static InetAddress of(
      InetAddress peer, HttpHeaders headers, AddressRanges trusted, NodeToken token) {
    if (headers.isEmpty() || !trusts(peer, headers, trusted, token)) {
      return peer;
    }
    List<String> forwarded = headers.getAll("x-forwarded-for");
    if (!forwarded.isEmpty()) {
      return fromForwarded(String.join(",", forwarded), peer, trusted);
    }
    String real = headers.get("x-real-ip");
    return real == null ? peer : IpAddresses.parse(real.trim()).orElse(peer);
  }

  private static boolean trusts(
      InetAddress peer, HttpHeaders headers, AddressRanges trusted, NodeToken token) {
    if (trusted.contains(peer)) {
      return true;
    }
    String presented = headers.get("x-real-ip-token");
    return presented != null && token.matches(presented);
  }

  private static InetAddress fromForwarded(String list, InetAddress peer, AddressRanges trusted) {
    int end = list.length();
    while (end >= 0) {
      int comma = list.lastIndexOf(',', end - 1);
      Optional<InetAddress> address = IpAddresses.parse(list.substring(comma + 1, end).trim());
      if (address.isEmpty()) {
        return peer;
      }
      if (!trusted.contains(address.get())) {
        return address.get();
      }
      end = comma;
    }
    return peer;
  }
}
