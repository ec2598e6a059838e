package dev.wings.core.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// The one place where JSON mappers come from, so that every document is read under the same limits
/// (`threats.md` JV-02, JV-03): nesting at most 64, names at most 4 KiB, numbers at most 100
/// digits, strings at most 8 MiB, no polymorphic types, no case-insensitive binding.
public final class Json {
  /// Deepest nesting that any reader accepts.
  public static final int MAX_DEPTH = 64;

  private static final JsonMapper MAPPER =
      configure(
          JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(constraints())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build()));

  private Json() {}

  /// The shared mapper; thread-safe and never reconfigured.
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /// Limits for any other Jackson format (YAML).
  public static StreamReadConstraints constraints() {
    return StreamReadConstraints.builder()
        .maxNestingDepth(MAX_DEPTH)
        .maxNameLength(4096)
        .maxNumberLength(100)
        .maxStringLength(8 << 20)
        .build();
  }

  /// Applies this project's binding rules: `snake_case` names, unknown members ignored, no coercion
  /// surprises.
  public static <
          M extends ObjectMapper, B extends com.fasterxml.jackson.databind.cfg.MapperBuilder<M, B>>
      M configure(B builder) {
    return builder
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .disable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
        .build();
  }
}
