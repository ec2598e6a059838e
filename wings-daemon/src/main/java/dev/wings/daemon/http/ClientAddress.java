package dev.wings.daemon.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;

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
    InetAddress address = real == null ? null : AddressRanges.address(real.trim());
    return address == null ? peer : address;
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
      InetAddress address = AddressRanges.address(list.substring(comma + 1, end).trim());
      if (address == null) {
        return peer;
      }
      if (!trusted.contains(address)) {
        return address;
      }
      end = comma;
    }
    return peer;
  }
}
