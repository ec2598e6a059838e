package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The configuration file and the configuration in force (`configuration.md` 3 and 9). Safe for use
/// by many threads; changes come one at a time and are on disk before they are in force.
public final class ConfigStore implements LiveConfig {
  private static final Logger log = LoggerFactory.getLogger(ConfigStore.class);

  private final Path file;
  private final Map<String, String> environment;
  private final EnvironmentOverrides overrides;
  private final Object writing = new Object();
  private volatile Snapshot snapshot;

  private record Snapshot(ObjectNode document, WingsConfig config) {}

  /// What became of a Panel's patch.
  ///
  /// @param applied false when the operator refuses changes by the Panel
  /// @param refused paths that a Panel may not change
  public record Patched(boolean applied, List<String> refused) {}

  private ConfigStore(
      Path file,
      Map<String, String> environment,
      EnvironmentOverrides overrides,
      Snapshot snapshot) {
    this.file = file;
    this.environment = environment;
    this.overrides = overrides;
    this.snapshot = snapshot;
  }

  /// Reads a file, completes it and applies the environment. Writes nothing.
  ///
  /// @throws WingsException kind INVALID naming the file and the key; NOT_FOUND without a file
  public static ConfigStore open(Path file, Map<String, String> environment) {
    try {
      ObjectNode document = ConfigDocument.complete(ConfigDocument.parse(Files.readAllBytes(file)));
      EnvironmentOverrides overrides = EnvironmentOverrides.apply(document, environment);
      WingsConfig config = ConfigDocument.bind(document);
      return new ConfigStore(file, environment, overrides, new Snapshot(document, config));
    } catch (NoSuchFileException absent) {
      throw WingsException.notFound("no configuration at " + file);
    } catch (IOException unreadable) {
      throw new WingsException(ErrorKind.INVALID, "cannot read " + file, unreadable);
    } catch (WingsException invalid) {
      throw new WingsException(invalid.kind(), file + ": " + invalid.getMessage(), invalid);
    }
  }

  public Path file() {
    return file;
  }

  public EnvironmentOverrides overrides() {
    return overrides;
  }

  @Override
  public WingsConfig current() {
    return snapshot.config();
  }

  /// Validates what is in force.
  ///
  /// @return warnings
  /// @throws WingsException kind INVALID naming the key
  public List<String> validate() {
    return ConfigRules.check(current(), /* checkUser= */ true);
  }

  /// Changes the document, validates, and writes it; nothing changes when that fails. A file whose
  /// meaning stays the same is not written.
  public void update(Consumer<ObjectNode> change) {
    synchronized (writing) {
      ObjectNode document = snapshot.document().deepCopy();
      change.accept(document);
      replace(document);
    }
  }

  /// Writes the file back, completed and with what the environment said, if that changes its
  /// meaning.
  public void save() {
    update(_ -> {});
  }

  private void replace(ObjectNode document) {
    WingsConfig config = ConfigDocument.bind(document);
    ConfigRules.check(config, /* checkUser= */ false);
    try {
      byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      byte[] after = ConfigDocument.write(document);
      if (!Arrays.equals(before, after) && !sameMeaning(before, document)) {
        ConfigFile.write(file, after);
      }
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, "configuration cannot be written", failure);
    }
    snapshot = new Snapshot(document, config);
  }

  private static boolean sameMeaning(byte[] file, ObjectNode document) {
    try {
      return ConfigDocument.parse(file).equals(document);
    } catch (WingsException damaged) {
      return false;
    }
  }

  /// A Panel's patch (`http-api.md` 6.4).
  ///
  /// @throws WingsException kind INVALID when the patch is no object or the result does not fit
  public Patched patch(JsonNode patch) {
    if (!(patch instanceof ObjectNode object)) {
      throw WingsException.invalid("invalid payload: not an object");
    }
    synchronized (writing) {
      if (current().ignorePanelConfigUpdates()) {
        return new Patched(false, List.of());
      }
      ObjectNode allowed = object.deepCopy();
      List<String> refused = PanelPatch.strip(allowed);
      if (!refused.isEmpty()) {
        log.atWarn().addKeyValue("keys", refused).log("the panel may not change these keys");
      }
      ObjectNode merged = ConfigDocument.merge(snapshot.document().deepCopy(), allowed);
      ObjectNode document = ConfigDocument.complete(merged);
      EnvironmentOverrides.apply(document, environment);
      replace(document);
      return new Patched(true, refused);
    }
  }

  /// The document as the Panel reads it (`configuration.md` 9.1): the key of older daemons is
  /// there, and no value that it cannot decode.
  public ObjectNode panelDocument() {
    ObjectNode document = snapshot.document().deepCopy();
    WingsConfig config = current();
    int pulls = config.api().disableRemoteDownload() ? 0 : config.limits().serverConcurrentPulls();
    ((ObjectNode) document.get("api")).put("server_remote_download_limit", pulls);
    ObjectNode ddup = (ObjectNode) document.at("/system/backups/ddup_bak");
    if (ddup.path("compression_format").asText().equals("zstd")) {
      ddup.put("compression_format", "deflate");
    }
    return document;
  }

  /// Where a file is looked for when none is named (`configuration.md` 2); the first is the default
  /// target.
  public static List<Path> searchPath() {
    return List.of(
        Path.of("/etc/calagopus-wings/config.yml"),
        Path.of("/etc/pterodactyl/config.yml"),
        Path.of("/etc/pelican/config.yml"),
        Path.of("config.yml"));
  }

  /// Applies a merge patch to a file, or to defaults when there is none: what `wings configure`
  /// does. The file is created with mode 0600.
  ///
  /// @throws WingsException kind INVALID when the patch or the result is no configuration
  public static void configure(Path file, ObjectNode patch) throws IOException {
    ObjectNode base = ConfigDocument.defaults();
    if (Files.exists(file)) {
      base = ConfigDocument.complete(ConfigDocument.parse(Files.readAllBytes(file)));
    }
    ObjectNode document = ConfigDocument.complete(ConfigDocument.merge(base, patch));
    ConfigDocument.bind(document);
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    ConfigFile.write(file, ConfigDocument.write(document));
  }

  /// Parses a document such as join data.
  ///
  /// @throws WingsException kind INVALID when it is no YAML mapping
  public static ObjectNode parse(byte[] yaml) {
    return ConfigDocument.parse(yaml);
  }
}
