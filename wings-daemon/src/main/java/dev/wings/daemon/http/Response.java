package dev.wings.daemon.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What a handler answers. The server adds the cross-origin headers, the length or the chunking,
/// and drops the body for `HEAD`.
public sealed interface Response {
  /// HTTP status.
  int status();

  /// A document in the representation that the client asked for.
  record Structured(int status, JsonNode document) implements Response {}

  /// A document that was encoded before, in both representations.
  record Prepared(int status, PreparedDocument document) implements Response {}

  /// Bytes that are produced while they are sent. The producer runs on the request's virtual thread
  /// and is held back by a slow client.
  ///
  /// @param headers further header lines, names in lower case
  /// @param length bytes that will come if it is known
  record Stream(int status, Map<String, String> headers, OptionalLong length, Producer producer)
      implements Response {}

  /// No body at all: only for answers that the protocol defines so (`http-api.md` Appendix D, 2).
  record Empty(int status, Map<String, String> headers) implements Response {}

  /// A document, and what may begin only when the client has it: results must not overtake the
  /// answer that announces them. Only for handlers that may wait.
  ///
  /// @param afterwards called once when the answer was handed to the network, or could not be; must
  ///   return at once
  record Followed(Structured answer, Runnable afterwards) implements Response {
    @Override
    public int status() {
      return answer.status();
    }
  }

  /// Writes a body.
  @FunctionalInterface
  interface Producer {
    void writeTo(ResponseBody out) throws IOException;
  }

  static Response ok(JsonNode document) {
    return new Structured(200, document);
  }

  /// 200 with the empty object, which is what "done" looks like in this protocol.
  static Response done() {
    return new Structured(200, JsonNodeFactory.instance.objectNode());
  }

  /// 202 with the empty object.
  static Response accepted() {
    return new Structured(202, JsonNodeFactory.instance.objectNode());
  }

  /// 202 with the empty object, after which something begins.
  static Response accepted(Runnable afterwards) {
    return new Followed(new Structured(202, JsonNodeFactory.instance.objectNode()), afterwards);
  }

  /// 200 with a document that is encoded while it is sent, for those that may be large.
  ///
  /// @param form what the producer writes
  static Response streamed(Representation form, Producer producer) {
    return new Stream(
        200,
        Map.of("content-type", form.mediaType(), "vary", "Accept"),
        OptionalLong.empty(),
        producer);
  }

  /// 200 with plain text taken from `input`, which is closed at the end.
  static Response text(InputStream input) {
    return new Stream(
        200,
        Map.of("content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"),
        OptionalLong.empty(),
        out -> {
          try (input) {
            input.transferTo(out);
          }
        });
  }

  /// Methods in the order in which an `Allow` header names them.
  static Response methodNotAllowed(String allow) {
    return new Empty(405, Map.of("allow", allow));
  }

  /// Shorthand for a list of documents.
  static JsonNode array(List<? extends JsonNode> documents) {
    return JsonNodeFactory.instance.arrayNode().addAll(documents);
  }
}
