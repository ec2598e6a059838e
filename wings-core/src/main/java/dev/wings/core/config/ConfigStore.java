package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The configuration file and the configuration in force (`configuration.md` 3 and 9). Safe for use
/// by many threads; changes come one at a time and are on disk before they are in force.
///
/// A change is written into the file as it is at that moment: comments, order and unknown keys
/// stay, and so does what an operator has written there since it was read, although that is in
/// force only after the next start.
public final class ConfigStore implements LiveConfig {
  private final Path file;
  private final Map<String, String> environment;
  private final EnvironmentOverrides overrides;
  private final Object writing = new Object();
  private ObjectNode written; // guarded by writing: what this store knows to be in the file
  private volatile Snapshot snapshot;

  private record Snapshot(ObjectNode document, WingsConfig config) {}

  /// What became of a Panel's patch.
  ///
  /// @param applied false when the operator refuses changes by the Panel
  /// @param refused dotted keys that a Panel may not change, in the order of the patch
  public record Patched(boolean applied, List<String> refused) {}

  private ConfigStore(
      Path file,
      Map<String, String> environment,
      EnvironmentOverrides overrides,
      ObjectNode written,
      Snapshot snapshot) {
    this.file = file;
    this.environment = environment;
    this.overrides = overrides;
    this.written = written;
    this.snapshot = snapshot;
  }

  /// Reads a file, completes it and applies the environment. Writes nothing.
  ///
  /// @throws WingsException kind INVALID naming the file and the key; NOT_FOUND without a file
  public static ConfigStore open(Path file, Map<String, String> environment) {
    try {
      return of(file, ConfigText.read(file), environment);
    } catch (NoSuchFileException absent) {
      throw WingsException.notFound("no configuration at " + file);
    } catch (IOException unreadable) {
      throw new WingsException(ErrorKind.INVALID, "cannot read " + file, unreadable);
    } catch (WingsException invalid) {
      throw new WingsException(invalid.kind(), file + ": " + invalid.getMessage(), invalid);
    }
  }

  /// The defaults and the environment, for a node whose file does not exist yet. Writes nothing.
  ///
  /// @throws WingsException kind INVALID naming the key that the environment has made unusable
  public static ConfigStore withoutFile(Path file, Map<String, String> environment) {
    return of(file, ConfigText.absent(), environment);
  }

  private static ConfigStore of(Path file, ConfigText text, Map<String, String> environment) {
    ObjectNode document = ConfigDocument.complete(text.tree());
    EnvironmentOverrides overrides = EnvironmentOverrides.apply(document, environment);
    WingsConfig config = bind(document, overrides);
    Snapshot snapshot = new Snapshot(document, config);
    return new ConfigStore(file, environment, overrides, text.tree(), snapshot);
  }

  private static WingsConfig bind(ObjectNode document, EnvironmentOverrides overrides) {
    try {
      return ConfigDocument.bind(document);
    } catch (WingsException invalid) {
      if (overrides.applied().isEmpty()) {
        throw invalid;
      }
      String variables = String.join(", ", overrides.applied());
      throw new WingsException(
          invalid.kind(), invalid.getMessage() + " (environment: " + variables + ")", invalid);
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
      replace(document, ConfigDocument.bind(document));
    }
  }

  /// Writes the file back, completed and with what the environment said, if that changes its
  /// meaning.
  public void save() {
    update(_ -> {});
  }

  private void replace(ObjectNode document, WingsConfig config) {
    ConfigRules.check(config, /* checkUser= */ false);
    try {
      ConfigText there = reread();
      ObjectNode changes = ConfigDocument.changes(written, document);
      write(file, there, ConfigDocument.merge(there.tree().deepCopy(), changes));
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, "configuration cannot be written", failure);
    }
    written = document;
    snapshot = new Snapshot(document, config);
  }

  /// What an operator has written into the file meanwhile stays there.
  private ConfigText reread() throws IOException {
    try {
      return ConfigText.read(file);
    } catch (NoSuchFileException deleted) {
      ConfigText nothing = ConfigText.absent();
      written = nothing.tree();
      return nothing;
    } catch (WingsException damaged) {
      throw new WingsException(
          ErrorKind.INTERNAL,
          file + " was edited and is damaged: " + damaged.getMessage(),
          damaged);
    }
  }

  private static void write(Path file, ConfigText there, ObjectNode wanted) throws IOException {
    if (!there.says(wanted) || !Files.exists(file)) {
      ConfigFile.write(file, there.with(wanted).text().getBytes(StandardCharsets.UTF_8));
    }
  }

  /// A Panel's patch (`http-api.md` 6.4). Keys that are not for the Panel are left out, logged and
  /// named in the result (`threats.md` CF-05).
  ///
  /// @throws WingsException kind INVALID when the patch is no object or the result does not fit
  public Patched patch(JsonNode patch) {
    if (!(patch instanceof ObjectNode object)) {
      throw WingsException.invalid("invalid payload: not an object");
    }
    synchronized (writing) {
      if (current().ignorePanelConfigUpdates()) {
        PanelPatch.log.info(
            "the panel wants to change the configuration, which the operator locks");
        return new Patched(false, List.of());
      }
      PanelPatch allowed = PanelPatch.of(object, panelDocument());
      ObjectNode before = snapshot.document();
      ObjectNode merged = ConfigDocument.merge(before.deepCopy(), allowed.changes());
      ObjectNode document = ConfigDocument.complete(merged);
      EnvironmentOverrides.apply(document, environment);
      replace(document, ConfigDocument.bind(document));
      allowed.report(ConfigDocument.changes(before, document));
      return new Patched(true, allowed.refused());
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
    ((ObjectNode) document.get("system"))
        .put("disk_limiter_mode", config.system().diskLimiterMode().panelName());
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
    ConfigText there = Files.exists(file) ? ConfigText.read(file) : ConfigText.absent();
    ObjectNode base = ConfigDocument.complete(there.tree());
    ObjectNode document = ConfigDocument.complete(ConfigDocument.merge(base, patch));
    ConfigDocument.bind(document);
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    write(file, there, document);
  }

  /// Parses a document such as join data.
  ///
  /// @throws WingsException kind INVALID when it is no YAML mapping
  public static ObjectNode parse(byte[] yaml) {
    return ConfigText.parse(yaml).tree();
  }
}
