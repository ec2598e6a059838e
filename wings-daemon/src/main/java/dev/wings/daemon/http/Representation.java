package dev.wings.daemon.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The two forms of a structured document on the wire (`http-api.md` 2.1).
public enum Representation {
  JSON("application/json"),
  MESSAGE_PACK("application/msgpack");

  private final String mediaType;

  Representation(String mediaType) {
    this.mediaType = mediaType;
  }

  public String mediaType() {
    return mediaType;
  }

  public byte[] encode(JsonNode document) {
    try {
      return switch (this) {
        case JSON -> Json.mapper().writeValueAsBytes(document);
        case MESSAGE_PACK -> dev.wings.core.json.MessagePack.write(document);
      };
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /// @throws IOException with a message fit for a user when the bytes are no document
  public JsonNode decode(byte[] bytes) throws IOException {
    return switch (this) {
      case JSON -> Json.mapper().readTree(bytes);
      case MESSAGE_PACK -> dev.wings.core.json.MessagePack.read(bytes);
    };
  }

  /// The form of a body by its `Content-Type`, parameters ignored; null when it is neither.
  static @Nullable Representation ofContentType(@Nullable String contentType) {
    if (contentType == null) {
      return null;
    }
    String type = withoutParameters(contentType);
    if (type.equalsIgnoreCase(MESSAGE_PACK.mediaType)) {
      return MESSAGE_PACK;
    }
    return type.equalsIgnoreCase(JSON.mediaType) ? JSON : null;
  }

  /// Chooses by `Accept`; JSON on ties, without a header, and when nothing fits.
  static Representation negotiate(@Nullable String accept) {
    if (accept == null || accept.equals("*/*") || accept.equals(JSON.mediaType)) {
      return JSON;
    }
    if (accept.equals(MESSAGE_PACK.mediaType)) {
      return MESSAGE_PACK;
    }
    return quality(accept, MESSAGE_PACK) > quality(accept, JSON) ? MESSAGE_PACK : JSON;
  }

  /// Quality in thousandths that the most specific matching range gives, 0 when none matches.
  private static int quality(String accept, Representation form) {
    int specificity = -1;
    int quality = 0;
    for (String range : accept.split(",", -1)) {
      String type = withoutParameters(range).toLowerCase(Locale.ROOT);
      int matches =
          type.equals(form.mediaType)
              ? 2
              : type.equals("application/*") ? 1 : type.equals("*/*") ? 0 : -1;
      if (matches > specificity) {
        specificity = matches;
        quality = weight(range);
      }
    }
    return quality;
  }

  private static int weight(String range) {
    for (String parameter : range.split(";", -1)) {
      String trimmed = parameter.trim();
      if (trimmed.length() > 2 && trimmed.regionMatches(true, 0, "q=", 0, 2)) {
        try {
          double q = Double.parseDouble(trimmed.substring(2));
          return q >= 0 && q <= 1 ? (int) Math.round(q * 1000) : 0;
        } catch (NumberFormatException malformed) {
          return 0;
        }
      }
    }
    return 1000;
  }

  private static String withoutParameters(String mediaType) {
    int semicolon = mediaType.indexOf(';');
    return (semicolon < 0 ? mediaType : mediaType.substring(0, semicolon)).trim();
  }
}
