package dev.wings.core.definition;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the process of a server starts, stops and is configured (`panel-remote-api.md` 5 and 6).
public record ProcessConfiguration(Startup startup, Stop stop, List<ConfigFile> configs) {

  /// @param done readiness texts; null means "the first line", an empty list means "never"
  public record Startup(@Nullable List<String> done, boolean stripAnsi) {}

  /// @param type `signal`, `command`, anything else is a native container stop
  public record Stop(String type, @Nullable String value) {}

  /// @param parser wire name of the parser; an entry with an unknown parser is skipped
  public record ConfigFile(
      String file, boolean createNew, String parser, List<Replacement> replacements) {}

  /// @param insertNew null takes the parser's default (true for all but `file`)
  public record Replacement(
      String match,
      JsonNode replaceWith,
      @Nullable String ifValue,
      @Nullable Boolean insertNew,
      boolean updateExisting) {}
}
