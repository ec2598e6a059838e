package dev.wings.core.collab.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Against updates of the original library, made by `generate.mjs` beside the vectors.
class YjsVectorsTest {
  record Vector(String name, List<byte[]> updates, byte[] merged, byte[] state, String text) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Vector> vectors() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(YjsVectorsTest.class.getResourceAsStream("/yjs/vectors.json"))) {
      List<Vector> vectors = new ArrayList<>();
      for (JsonNode node : Json.mapper().readTree(in)) {
        List<byte[]> updates = new ArrayList<>();
        node.path("updates").forEach(update -> updates.add(bytes(update)));
        vectors.add(
            new Vector(
                node.path("name").textValue(),
                updates,
                bytes(node.path("merged")),
                bytes(node.path("state")),
                node.path("text").textValue()));
      }
      return vectors.stream();
    }
  }

  private static byte[] bytes(JsonNode node) {
    return Base64.getDecoder().decode(node.textValue());
  }

  private static SharedText applied(byte[]... updates) throws Exception {
    SharedText document = new SharedText(1);
    for (byte[] update : updates) {
      document.applyUpdate(update);
    }
    return document;
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void updatesInOrderGiveTheTextOfTheOriginal(Vector vector) throws Exception {
    SharedText document = applied(vector.updates().toArray(byte[][]::new));

    assertThat(document.text()).isEqualTo(vector.text());
    assertThat(document.incomplete()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void updatesInAnyOrderAndMoreThanOnceGiveTheSame(Vector vector) throws Exception {
    Random random = new Random(42);
    for (int round = 0; round < 20; round++) {
      List<byte[]> shuffled = new ArrayList<>(vector.updates());
      shuffled.addAll(vector.updates().subList(0, vector.updates().size() / 3));
      Collections.shuffle(shuffled, random);

      SharedText document = applied(shuffled.toArray(byte[][]::new));

      assertThat(document.text()).isEqualTo(vector.text());
      assertThat(document.incomplete()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void wholeStatesOfTheOriginalAreRead(Vector vector) throws Exception {
    assertThat(applied(vector.state()).text()).isEqualTo(vector.text());
    assertThat(applied(vector.merged()).text()).isEqualTo(vector.text());
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void theStateOfADocumentMakesAnEqualOne(Vector vector) throws Exception {
    SharedText document = new SharedText(1);
    int half = vector.updates().size() / 2;
    List<byte[]> late = vector.updates().subList(0, half);
    for (byte[] update : vector.updates().subList(half, vector.updates().size())) {
      document.applyUpdate(update);
    }

    SharedText copy = applied(document.encodeStateAsUpdate()); // with much that is incomplete
    for (byte[] update : late) {
      copy.applyUpdate(update);
    }

    assertThat(copy.text()).isEqualTo(vector.text());
    SharedText behind = applied(late.toArray(byte[][]::new));
    behind.applyUpdate(copy.encodeStateAsUpdate(behind.stateVector()));
    assertThat(behind.text()).isEqualTo(vector.text());
  }
}
