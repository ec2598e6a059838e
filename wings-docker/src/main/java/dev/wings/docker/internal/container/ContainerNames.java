package dev.wings.docker.internal.container;

import com.github.dockerjava.api.model.Container;
import com.google.common.base.Strings;
import dev.wings.core.container.ContainerKind;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Names of containers and back (`containers.md` 2).
public final class ContainerNames {
  private static final int MAX_PREFIX = 26; // 63 characters of a host name, less dot and UUID
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern SCRIPT_SUFFIX = Pattern.compile("_script_runner_[A-Za-z0-9]{8}");

  private ContainerNames() {}

  /// `<uuid>`, or `<prefix>.<uuid>` with what is left of the server's name.
  static String server(UUID uuid, Optional<String> serverName) {
    if (serverName.isEmpty()) {
      return uuid.toString();
    }
    String prefix = serverName.get().replaceAll("[^A-Za-z0-9_-]", "");
    return prefix.substring(0, Math.min(prefix.length(), MAX_PREFIX)) + "." + uuid;
  }

  static String installer(UUID uuid) {
    return uuid + "_installer";
  }

  static String script(UUID uuid, String suffix) {
    return uuid + "_script_runner_" + suffix;
  }

  /// The server that a container belongs to by its name and label; empty for anything that is not
  /// ours. The engine's own name filter matches substrings, so it is never trusted.
  public static Optional<UUID> owner(String name, String typeLabel) {
    String bare = name.startsWith("/") ? name.substring(1) : name;
    if (typeLabel.equals(ContainerKind.SERVER.label())) {
      return uuid(bare.substring(bare.lastIndexOf('.') + 1));
    }
    if (bare.length() < 36) {
      return Optional.empty();
    }
    String suffix = bare.substring(36);
    boolean ours =
        (typeLabel.equals(ContainerKind.INSTALLER.label()) && suffix.equals("_installer"))
            || (typeLabel.equals(ContainerKind.SCRIPT.label())
                && SCRIPT_SUFFIX.matcher(suffix).matches());
    return ours ? uuid(bare.substring(0, 36)) : Optional.empty();
  }

  /// The owner of one entry of the engine's container list.
  static Optional<UUID> owner(Container summary) {
    String[] names = summary.getNames();
    if (names == null) {
      return Optional.empty();
    }
    String label = typeLabel(summary.getLabels());
    for (String name : names) {
      Optional<UUID> owner = owner(name, label);
      if (owner.isPresent()) {
        return owner;
      }
    }
    return Optional.empty();
  }

  /// The label that says what a container of ours is for; empty for others.
  static String typeLabel(@Nullable Map<String, String> labels) {
    return labels == null ? "" : Strings.nullToEmpty(labels.get("ContainerType"));
  }

  private static Optional<UUID> uuid(String text) {
    return UUID_TEXT.matcher(text).matches()
        ? Optional.of(UUID.fromString(text))
        : Optional.empty();
  }
}
