package dev.wings.daemon.ws;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One message of a client.
record InboundMessage(String event, List<String> arguments) {
  /// Reads a message in either format; empty when it cannot be understood, which is no error
  /// (`websocket.md` 1.2).
  static Optional<InboundMessage> decode(WireFormat format, byte[] payload) {
    try {
      return switch (format) {
        case TEXT -> fromObject(Json.mapper().readTree(payload));
        case BINARY -> fromPack(MessagePack.read(payload));
      };
    } catch (IOException | WingsException undecodable) {
      return Optional.empty();
    }
  }

  /// First argument, or null when there is none.
  @Nullable String first() {
    return arguments.isEmpty() ? null : arguments.getFirst();
  }

  private static Optional<InboundMessage> fromPack(JsonNode node) {
    return node.isArray() && node.size() == 2 ? from(node.get(0), node.get(1)) : fromObject(node);
  }

  private static Optional<InboundMessage> fromObject(JsonNode node) {
    return from(node.get("event"), node.get("args"));
  }

  private static Optional<InboundMessage> from(
      @Nullable JsonNode event, @Nullable JsonNode arguments) {
    if (event == null || !event.isTextual() || arguments == null) {
      return Optional.empty();
    }
    if (arguments.isNull()) {
      return Optional.of(new InboundMessage(event.textValue(), List.of()));
    }
    if (!arguments.isArray()) {
      return Optional.empty();
    }
    List<String> texts = new ArrayList<>(Math.min(arguments.size(), 16));
    for (JsonNode argument : arguments) {
      if (argument.isTextual()) {
        texts.add(argument.textValue());
      } else if (!argument.isNull()) {
        return Optional.empty();
      }
    }
    return Optional.of(new InboundMessage(event.textValue(), texts));
  }
}
