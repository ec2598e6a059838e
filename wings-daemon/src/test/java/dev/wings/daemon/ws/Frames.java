package dev.wings.daemon.ws;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads frames of the server the way a strict client does: unmasked, whole, shortest lengths.
final class Frames {
  private Frames() {}

  /// One frame.
  record Frame(int opcode, byte[] payload) {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    Message message() {
      try {
        if (opcode == TEXT) {
          JsonNode node = Json.mapper().readTree(new String(payload, StandardCharsets.UTF_8));
          return message(node.get("event"), node.get("args"), "text");
        }
        JsonNode node = MessagePack.read(payload);
        if (!node.isArray() || node.size() != 2) {
          throw new AssertionError("not an array of two: " + node);
        }
        return message(node.get(0), node.get(1), "binary");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Message message(JsonNode event, JsonNode args, String format) {
      List<String> arguments = new ArrayList<>();
      args.forEach(argument -> arguments.add(argument.textValue()));
      return new Message(event.textValue(), arguments, format);
    }

    String closeReason() {
      int code = (payload[0] & 0xff) << 8 | payload[1] & 0xff;
      return code + " " + new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }
  }

  /// One message.
  record Message(String event, List<String> arguments, String format) {
    @Override
    public String toString() {
      return arguments.isEmpty() ? event : event + " " + arguments;
    }
  }

  /// The frames that `bytes` consist of; a partial one is an error.
  static List<Frame> parse(ByteBuf bytes) {
    List<Frame> frames = new ArrayList<>();
    while (bytes.isReadable()) {
      int first = bytes.readUnsignedByte();
      if ((first & 0xf0) != 0x80) {
        throw new AssertionError("not a final frame without extensions: " + first);
      }
      int second = bytes.readUnsignedByte();
      if (second > 127) {
        throw new AssertionError("masked");
      }
      long length = second;
      if (second == 126) {
        length = bytes.readUnsignedShort();
        if (length < 126) {
          throw new AssertionError("length not minimal: " + length);
        }
      } else if (second == 127) {
        length = bytes.readLong();
        if (length < 1 << 16) {
          throw new AssertionError("length not minimal: " + length);
        }
      }
      byte[] payload = new byte[Math.toIntExact(length)];
      bytes.readBytes(payload);
      frames.add(new Frame(first & 15, payload));
    }
    return frames;
  }
}
