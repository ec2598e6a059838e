package dev.wings.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.egg.EggConfigFiles;
import dev.wings.core.testing.PanelSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README: a definition is read and its configuration files are rewritten.
class ReadmeExampleTest {
  @TempDir Path volume;

  @Test
  void readsADefinitionAndRewritesItsFiles() throws IOException {
    JsonNode json =
        PanelSamples.exchanges("remote/server-definition-full").getFirst().path("response_body");
    Files.createDirectories(volume);

    // readme:start
    ServerDefinition definition = DefinitionReader.read(json); // as a Panel sends it
    List<String> problems =
        new EggConfigFiles()
            .rewrite(volume, definition, "172.18.0.1"); // server.properties, config.yml …
    problems.forEach(System.err::println);
    // readme:end

    assertThat(definition.settings().uuid()).isNotNull();
    try (var files = Files.list(volume)) {
      assertThat(files).isNotEmpty();
    }
  }
}
