package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepresentationTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/msgpack | MESSAGE_PACK",
        "application/json | JSON",
        "*/* | JSON",
        "application/* | JSON",
        "application/json, application/msgpack | JSON",
        "application/json;q=0.5, application/msgpack | MESSAGE_PACK",
        "application/msgpack;q=0.5, */* | JSON",
        "application/msgpack;q=0.5, */*;q=0.1 | MESSAGE_PACK",
        "Application/MsgPack | MESSAGE_PACK",
        "application/msgpack;q=0 | JSON",
        "*/*, application/json;q=0 | MESSAGE_PACK",
        "application/json;q=nonsense, application/msgpack;q=0.1 | MESSAGE_PACK",
        "text/html | JSON",
        ", | JSON"
      })
  void acceptIsNegotiated(String accept, Representation expected) {
    assertThat(Representation.negotiate(accept)).isEqualTo(expected);
  }

  @Test
  void withoutAcceptItIsJson() {
    assertThat(Representation.negotiate(null)).isEqualTo(Representation.JSON);
    assertThat(Representation.negotiate("")).isEqualTo(Representation.JSON);
  }

  @Test
  void contentTypesMayHaveParameters() {
    assertThat(Representation.ofContentType("application/json; charset=utf-8"))
        .isEqualTo(Representation.JSON);
    assertThat(Representation.ofContentType("application/msgpack"))
        .isEqualTo(Representation.MESSAGE_PACK);
    assertThat(Representation.ofContentType("text/json")).isNull();
    assertThat(Representation.ofContentType(null)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 70_000})
  void arraysOfPreparedDocumentsAreArrays(int size) throws IOException {
    List<PreparedDocument> elements =
        IntStream.range(0, size)
            .mapToObj(i -> PreparedDocument.of(JsonNodeFactory.instance.numberNode(i)))
            .toList();
    PreparedDocument array = PreparedDocument.arrayOf(elements);

    for (Representation form : Representation.values()) {
      JsonNode decoded = form.decode(array.bytes(form));
      assertThat(decoded.size()).isEqualTo(size);
      if (size > 0) {
        assertThat(decoded.get(size - 1).asInt()).isEqualTo(size - 1);
      }
    }
  }
}
