package dev.wings.fs.send;

import java.io.IOException;

/// The peer of a socket closed or reset its connection.
public final class PeerGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerGoneException(IOException cause) {
    super("peer is gone", cause);
  }
}
