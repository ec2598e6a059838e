package dev.wings.daemon.ws;

/// How a message is put into a frame (`websocket.md` 1.2).
enum WireFormat {
  /// A JSON object in a text frame.
  TEXT,
  /// A MessagePack array of two in a binary frame.
  BINARY
}
