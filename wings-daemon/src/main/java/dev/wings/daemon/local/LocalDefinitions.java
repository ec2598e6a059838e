package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.wings.core.WingsException;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The definition files of a directory: `*.json`, `*.yml` and `*.yaml`, each with the Panel's
/// `settings` and `process_configuration` and, optionally, an `installation` script object
/// (`panel-remote-api.md` 2.4). Files are read on every call: there are few and they are small.
final class LocalDefinitions {
  private static final Logger log = LoggerFactory.getLogger(LocalDefinitions.class);
  private static final long MAX_FILE_BYTES = 4 << 20;
  private static final ObjectMapper YAML =
      Json.configure(
          YAMLMapper.builder(
              YAMLFactory.builder().streamReadConstraints(Json.constraints()).build()));

  private final Path directory;

  /// @param file where it was read from
  record Entry(Path file, ServerDefinition definition, InstallationScript script) {}

  LocalDefinitions(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /// Every readable definition, in order of file name. A file that cannot be read is logged and
  /// skipped.
  List<Entry> all() {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{json,yml,yaml}")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new WingsException(
          dev.wings.core.ErrorKind.UPSTREAM, "the definitions directory cannot be read", e);
    }
    files.sort(Comparator.naturalOrder());
    List<Entry> entries = new ArrayList<>();
    files.forEach(file -> read(file).ifPresent(entries::add));
    return entries;
  }

  Optional<Entry> find(UUID server) {
    return all().stream().filter(entry -> entry.definition().uuid().equals(server)).findFirst();
  }

  private static Optional<Entry> read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw WingsException.invalid("larger than " + MAX_FILE_BYTES + " bytes");
      }
      ObjectMapper mapper = file.toString().endsWith(".json") ? Json.mapper() : YAML;
      JsonNode tree = mapper.readTree(Files.readAllBytes(file));
      return Optional.of(new Entry(file, DefinitionReader.read(tree), script(tree)));
    } catch (IOException | WingsException unreadable) {
      log.atWarn()
          .addKeyValue("file", file.getFileName())
          .addKeyValue("reason", unreadable.getMessage())
          .log("a server definition cannot be read, it is skipped");
      return Optional.empty();
    }
  }

  private static InstallationScript script(JsonNode tree) {
    JsonNode script = tree.path("installation");
    return script.isObject()
        ? DefinitionReader.script(script)
        : new InstallationScript("", "", "", Map.of());
  }
}
