package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.json.Yaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The definition files of a directory: `*.json`, `*.yml` and `*.yaml`, each with the Panel's
/// `settings` and `process_configuration` and, optionally, an `installation` script object
/// (`panel-remote-api.md` 2.4).
///
/// The directory is listed on every call, a file is read only when its time, size or identity
/// changed. What is wrong with a file is logged once per change of it. Safe for use by many
/// threads.
final class LocalDefinitions {
  private static final Logger log = LoggerFactory.getLogger(LocalDefinitions.class);
  private static final long MAX_FILE_BYTES = 4 << 20;

  private final Path directory;
  private Map<Path, Content> contents = new HashMap<>(); // guarded by this

  /// @param file where it was read from
  record Entry(Path file, ServerDefinition definition, InstallationScript script) {}

  /// Tells a changed file from an unchanged one.
  private record Version(FileTime modified, long size, @Nullable Object identity) {}

  /// What a file held when it was read.
  ///
  /// @param entry empty when it held nothing useful
  /// @param duplicate whether it was reported that another file defines the same server
  private record Content(Version version, Optional<Entry> entry, boolean duplicate) {}

  LocalDefinitions(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /// Every readable definition, in order of file name. A file that cannot be read is logged and
  /// skipped; of several that define one server the first counts.
  ///
  /// @throws WingsException kind UPSTREAM when the directory cannot be listed
  synchronized List<Entry> all() {
    Map<Path, Content> now = new HashMap<>();
    Set<UUID> defined = new HashSet<>();
    List<Entry> entries = new ArrayList<>();
    for (Path file : files()) {
      Content content = content(file);
      if (content == null) {
        continue;
      }
      if (content.entry().isPresent()) {
        Entry entry = content.entry().get();
        boolean first = defined.add(entry.definition().uuid());
        if (first) {
          entries.add(entry);
        } else if (!content.duplicate()) {
          skipped(file, "another file defines server " + entry.definition().uuid());
        }
        content = new Content(content.version(), content.entry(), !first);
      }
      now.put(file, content);
    }
    contents = now;
    return List.copyOf(entries);
  }

  Optional<Entry> find(UUID server) {
    return all().stream().filter(entry -> entry.definition().uuid().equals(server)).findFirst();
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{json,yml,yaml}")) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new WingsException(ErrorKind.UPSTREAM, "the definitions directory cannot be read", e);
    }
    files.sort(null);
    return files;
  }

  /// Null when the file is gone.
  private @Nullable Content content(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Version version =
          new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
      Content known = contents.get(file);
      return known != null && known.version().equals(version)
          ? known
          : new Content(version, read(file, attributes), /* duplicate= */ false);
    } catch (NoSuchFileException gone) {
      return null; // an editor replaces it; there will be another change
    } catch (IOException unreadable) {
      skipped(file, String.valueOf(unreadable));
      return null;
    }
  }

  private static Optional<Entry> read(Path file, BasicFileAttributes attributes)
      throws NoSuchFileException {
    try {
      if (!attributes.isRegularFile()) {
        throw WingsException.invalid("no regular file");
      }
      if (attributes.size() > MAX_FILE_BYTES) {
        throw WingsException.invalid("larger than " + MAX_FILE_BYTES + " bytes");
      }
      byte[] bytes = Files.readAllBytes(file);
      JsonNode tree =
          file.toString().endsWith(".json")
              ? Json.mapper().readTree(bytes)
              : Yaml.read(new String(bytes, StandardCharsets.UTF_8));
      return Optional.of(new Entry(file, DefinitionReader.read(tree), script(tree)));
    } catch (NoSuchFileException gone) {
      throw gone;
    } catch (IOException | WingsException unreadable) {
      skipped(file, String.valueOf(unreadable.getMessage()));
      return Optional.empty();
    }
  }

  private static void skipped(Path file, String reason) {
    log.atWarn()
        .addKeyValue("file", file.getFileName())
        .addKeyValue("reason", reason)
        .log("a server definition cannot be used, it is skipped");
  }

  private static InstallationScript script(JsonNode tree) {
    JsonNode script = tree.path("installation");
    return script.isObject()
        ? DefinitionReader.script(script)
        : new InstallationScript("", "", "", Map.of());
  }
}
