package dev.wings.daemon.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A document that is answered many times: encoded once per representation, when it is first asked
/// for. Immutable for its users; two threads may encode the same form twice, which does no harm.
public final class PreparedDocument {
  private final Function<Representation, byte[]> encoder;
  private volatile byte @Nullable [] json;
  private volatile byte @Nullable [] messagePack;

  private PreparedDocument(Function<Representation, byte[]> encoder) {
    this.encoder = encoder;
  }

  public static PreparedDocument of(JsonNode document) {
    return new PreparedDocument(form -> form.encode(document));
  }

  /// The array of some documents, put together from their encoded forms.
  public static PreparedDocument arrayOf(List<PreparedDocument> elements) {
    List<PreparedDocument> copy = List.copyOf(elements);
    return new PreparedDocument(form ->
        switch (form) {
          case JSON -> jsonArray(copy);
          case MESSAGE_PACK -> messagePackArray(copy);
        });
  }

  /// Encoded bytes; not to be changed.
  byte[] bytes(Representation form) {
    byte[] known =
        switch (form) {
          case JSON -> json;
          case MESSAGE_PACK -> messagePack;
        };
    if (known != null) {
      return known;
    }
    byte[] encoded = encoder.apply(form);
    switch (form) {
      case JSON -> json = encoded;
      case MESSAGE_PACK -> messagePack = encoded;
    }
    return encoded;
  }

  private static byte[] jsonArray(List<PreparedDocument> elements) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      out.writeBytes(elements.get(i).bytes(Representation.JSON));
    }
    out.write(']');
    return out.toByteArray();
  }

  private static byte[] messagePackArray(List<PreparedDocument> elements) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = elements.size();
    if (size < 16) {
      out.write(0x90 | size);
    } else if (size < 1 << 16) {
      out.write(0xdc);
      out.write(size >> 8);
      out.write(size);
    } else {
      out.write(0xdd);
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.write(size >> shift);
      }
    }
    elements.forEach(element -> out.writeBytes(element.bytes(Representation.MESSAGE_PACK)));
    return out.toByteArray();
  }
}
