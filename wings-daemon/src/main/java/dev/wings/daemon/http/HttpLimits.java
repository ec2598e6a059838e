package dev.wings.daemon.http;

import java.time.Duration;

/// Bounds of the listener (`threats.md` CF-02, DS-07, DS-08). Nothing that a peer sends can make
/// the server hold more than these say.
///
/// @param requestLineBytes longest request line; a longer one is answered 414
/// @param headerBytes all header lines of a request together; more is answered 431
/// @param structuredBodyBytes longest structured body; a longer one is answered 400
/// @param handshakeDeadline for the whole TLS handshake
/// @param headDeadline from the first byte of a request (or from the connect) to the end of its
///   header
/// @param bodyDeadline for a whole structured body
/// @param streamWindow a streamed body must bring [#streamMinimumBytes] in each such window
/// @param idleDeadline how long a connection may rest between two requests
/// @param writeStall how long the peer may take for the next part of an answer
/// @param connectionsTotal open connections, everything included
/// @param connectionsPerAddress open connections of one peer address; trusted proxies and Unix
///   sockets are exempt
public record HttpLimits(
    int requestLineBytes,
    int headerBytes,
    int structuredBodyBytes,
    Duration handshakeDeadline,
    Duration headDeadline,
    Duration bodyDeadline,
    Duration streamWindow,
    int streamMinimumBytes,
    Duration idleDeadline,
    Duration writeStall,
    int connectionsTotal,
    int connectionsPerAddress) {

  /// What the daemon uses. The body limit is the protocol's (`http-api.md` 2.3).
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          16 << 10,
          32 << 10,
          2 << 20,
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          Duration.ofSeconds(60),
          Duration.ofSeconds(20),
          4 << 10,
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          16_384,
          2_048);

  public HttpLimits {
    positive(requestLineBytes, "requestLineBytes");
    positive(headerBytes, "headerBytes");
    positive(structuredBodyBytes, "structuredBodyBytes");
    positive(connectionsTotal, "connectionsTotal");
    positive(connectionsPerAddress, "connectionsPerAddress");
  }

  private static void positive(int value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
  }
}
