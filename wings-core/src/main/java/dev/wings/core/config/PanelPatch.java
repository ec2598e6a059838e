package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What of a Panel's patch may be applied (`threats.md` CF-05, CT-02): the keys that
/// `panel-keys.txt` lists, each on its own, except for values that would give containers what only
/// the operator may give. A key that is new in the schema is refused until somebody lists it.
///
/// @param changes the part that may be applied
/// @param refused dotted names of what may not; a value that is in force already is no change and
///   not among them, because some Panels always send their whole document
record PanelPatch(ObjectNode changes, List<String> refused) {
  static final Logger log = LoggerFactory.getLogger(PanelPatch.class);
  private static final int MAX_LOGGED = 50;

  /// It becomes the name of a kernel module.
  private static final Pattern KERNEL_NAME = Pattern.compile("[a-z0-9_]{0,16}");

  private static final Set<String> LOCAL_LOG_DRIVERS = Set.of("local", "json-file", "journald");

  PanelPatch {
    refused = List.copyOf(refused);
  }

  /// @param told the document that the Panel reads; a value that repeats it is no change
  static PanelPatch of(ObjectNode patch, ObjectNode told) {
    List<String> refused = new ArrayList<>();
    ObjectNode renamed = LegacyKeys.renameValues(patch.deepCopy());
    ObjectNode kept = strip("", ConfigSchema.root(), renamed, told, listed(), refused);
    return new PanelPatch(kept, refused);
  }

  /// The keys that a Panel may change.
  static Set<String> listed() {
    try (InputStream in = PanelPatch.class.getResourceAsStream("panel-keys.txt")) {
      if (in == null) {
        throw new IllegalStateException("panel-keys.txt is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode strip(
      String path,
      Shape.Section section,
      ObjectNode patch,
      JsonNode told,
      Set<String> listed,
      List<String> refused) {
    ObjectNode kept = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      String name = entry.getKey();
      String key = Shape.join(path, name);
      JsonNode value = entry.getValue();
      JsonNode now = told.path(name);
      Shape shape = section.members().get(name);
      if (shape instanceof Shape.Section inner && value instanceof ObjectNode object) {
        ObjectNode below = strip(key, inner, object, now, listed, refused);
        if (!below.isEmpty()) {
          kept.set(name, below);
        }
      } else if ((shape != null || isOldLimit(path, name))
          && isForPanels(key, shape, listed)
          && !weakens(key, value)) {
        if (!SameContent.of(value, now)) {
          kept.set(name, value);
        }
      } else if (!SameContent.of(value, now)) {
        refused.add(key);
      }
    }
    return kept;
  }

  /// The only listed key that the schema does not have; it is moved when the patch is merged.
  private static boolean isOldLimit(String section, String name) {
    return section.equals("api") && name.equals("server_remote_download_limit");
  }

  /// A whole section can be reset by null: only when every key in it is listed.
  private static boolean isForPanels(String key, @Nullable Shape shape, Set<String> listed) {
    if (!(shape instanceof Shape.Section section)) {
      return listed.contains(key);
    }
    return section.members().entrySet().stream()
        .allMatch(
            member -> isForPanels(Shape.join(key, member.getKey()), member.getValue(), listed));
  }

  private static boolean weakens(String key, JsonNode value) {
    String text = value.asText().strip().toLowerCase(Locale.ROOT);
    return switch (key) {
      case "docker.network.mode",
          "docker.network.name",
          "docker.network.driver",
          "docker.userns_mode" ->
          text.equals("host") || text.startsWith("container:") || text.startsWith("ns:");
      case "docker.container_apply_seccomp" -> text.equals("false");
      case "docker.log_config.type" ->
          !value.isNull() && !LOCAL_LOG_DRIVERS.contains(value.asText());
      case "system.tcp_congestion_control" ->
          !value.isNull() && !KERNEL_NAME.matcher(value.asText()).matches();
      default -> false;
    };
  }

  /// Writes the audit trail of a patch.
  ///
  /// @param changed a merge patch of what is different now
  void report(ObjectNode changed) {
    if (!changed.isEmpty()) {
      List<String> keys = new ArrayList<>();
      leaves("", changed, keys);
      log.atInfo().addKeyValue("keys", keys).log("the panel changed the configuration");
    }
    if (!refused.isEmpty()) {
      log.atWarn()
          .addKeyValue("keys", refused.subList(0, Math.min(MAX_LOGGED, refused.size())))
          .addKeyValue("refused", refused.size())
          .log("the panel may not change these keys");
    }
  }

  private static void leaves(String path, ObjectNode changed, List<String> keys) {
    for (Map.Entry<String, JsonNode> entry : changed.properties()) {
      String key = Shape.join(path, entry.getKey());
      if (entry.getValue() instanceof ObjectNode below && !below.isEmpty()) {
        leaves(key, below, keys);
      } else {
        keys.add(key);
      }
    }
  }
}
