package dev.wings.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigSchemaTest {
  private static final ObjectNode DEFAULTS = ConfigDocument.defaults();

  static List<PinnedKeys> keys() {
    return PinnedKeys.all();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyHasTheDefaultOfTheSpecification(PinnedKeys pinned) {
    JsonNode standard = PinnedKeys.at(DEFAULTS, pinned.key());

    assertThat(SameContent.of(standard, pinned.fallback())).as("%s", standard).isTrue();
  }

  @Test
  void theRecordsHaveTheKeysOfTheSpecificationInItsOrder() {
    assertThat(ConfigSchema.leaves().keySet())
        .containsExactlyElementsOf(keys().stream().map(PinnedKeys::key).toList());
  }

  /// The binder reads names without annotations, which are slow to read; others that print the
  /// records with Jackson must see the same names and values.
  @Test
  void everyKeyReachesTheComponentOfItsName() {
    ObjectNode other = DEFAULTS.deepCopy();
    ConfigSchema.leaves()
        .forEach((key, shape) -> {
          if (!key.equals("system.root_directory")) {
            PinnedKeys.set(other, key, PinnedKeys.another(key, shape));
          }
        });

    JsonNode printed = Json.mapper().valueToTree(ConfigDocument.bind(other));

    ConfigSchema.leaves()
        .forEach((key, _) ->
            assertThat(SameContent.of(PinnedKeys.at(printed, key), PinnedKeys.at(other, key)))
                .as("%s: %s", key, PinnedKeys.at(printed, key))
                .isTrue());
  }

  @Test
  void choicesAreWrittenAsTheirAnnotationsSay() {
    for (Map.Entry<String, Shape> leaf : ConfigSchema.leaves().entrySet()) {
      if (leaf.getValue() instanceof Shape.Scalar scalar && scalar.kind() == Shape.Kind.CHOICE) {
        Set<String> annotated =
            scalar.choices().values().stream()
                .map(ConfigSchemaTest::annotation)
                .collect(Collectors.toSet());
        assertThat(scalar.choices().keySet()).as(leaf.getKey()).isEqualTo(annotated);
      }
    }
  }

  private static String annotation(Object constant) {
    try {
      return constant
          .getClass()
          .getField(((Enum<?>) constant).name())
          .getAnnotation(JsonProperty.class)
          .value();
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }
}
