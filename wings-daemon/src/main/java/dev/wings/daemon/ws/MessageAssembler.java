package dev.wings.daemon.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/// Puts the fragments of a message together (RFC 6455 5.4). Fragments are copied into one buffer: a
/// chain of many tiny ones would cost far more memory than their bytes. Confined to one thread.
final class MessageAssembler {
  private static final int MAX_FRAGMENTS = 4096;

  private final int maxBytes;
  private @Nullable ByteBuf collected;
  private WireFormat format = WireFormat.TEXT;
  private int fragments;

  /// What a data frame led to.
  sealed interface Result {
    /// The message goes on.
    record Incomplete() implements Result {}

    /// A whole message.
    record Complete(WireFormat format, byte[] payload) implements Result {}

    /// The peer broke a rule or a limit.
    record Violation(String reason) implements Result {}
  }

  /// @param maxBytes longest message
  MessageAssembler(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Takes a text, binary or continuation frame. The caller keeps it.
  Result add(WebSocketFrame frame) {
    boolean continues = frame instanceof ContinuationWebSocketFrame;
    if (continues != (collected != null)) {
      return new Result.Violation(
          continues ? "continuation of nothing" : "message inside a message");
    }
    if (!continues) {
      format = frame instanceof TextWebSocketFrame ? WireFormat.TEXT : WireFormat.BINARY;
      fragments = 0;
      if (frame.isFinalFragment()) {
        return frame.content().readableBytes() > maxBytes
            ? new Result.Violation("message too long")
            : new Result.Complete(format, bytes(frame.content()));
      }
    }
    ByteBuf buffer = collected == null ? Unpooled.buffer() : collected;
    collected = buffer;
    if (++fragments > MAX_FRAGMENTS
        || buffer.readableBytes() + frame.content().readableBytes() > maxBytes) {
      return new Result.Violation("message too long");
    }
    buffer.writeBytes(frame.content());
    if (!frame.isFinalFragment()) {
      return new Result.Incomplete();
    }
    byte[] payload = bytes(buffer);
    release();
    return new Result.Complete(format, payload);
  }

  /// Lets go of an unfinished message; idempotent.
  void release() {
    if (collected != null) {
      collected.release();
      collected = null;
    }
  }

  private static byte[] bytes(ByteBuf content) {
    byte[] bytes = new byte[content.readableBytes()];
    content.getBytes(content.readerIndex(), bytes);
    return bytes;
  }
}
