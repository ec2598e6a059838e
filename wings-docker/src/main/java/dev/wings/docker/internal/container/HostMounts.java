package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Translates the daemon's paths to the host's when the daemon itself runs in a container
/// (`containers.md` 26).
///
/// @param sources mount point in the daemon's container to directory on the host
public record HostMounts(Map<Path, Path> sources) {
  /// On the host itself: every path stays as it is.
  public static final HostMounts NONE = new HostMounts(Map.of());

  private static final Pattern CONTAINER_ID =
      Pattern.compile("(?:^|/)(?:overlay-)?containers/([0-9a-f]{64})/");
  private static final List<String> OWN_FILES =
      List.of("/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/run/.containerenv");

  public HostMounts {
    sources = Map.copyOf(sources);
  }

  /// From the engine's answer to an inspect of the daemon's own container.
  public static HostMounts of(JsonNode inspect) {
    Map<Path, Path> sources = new LinkedHashMap<>();
    for (JsonNode mount : inspect.path("Mounts")) {
      String type = mount.path("Type").asText();
      String source = mount.path("Source").asText();
      if ((type.equals("bind") || type.equals("volume")) && source.startsWith("/")) {
        sources.put(
            Path.of(mount.path("Destination").asText()).normalize(), Path.of(source).normalize());
      }
    }
    return new HostMounts(sources);
  }

  /// The daemon's own container id from the text of `/proc/self/mountinfo`; empty when it names
  /// none or several.
  public static Optional<String> ownContainer(String mountInfo) {
    TreeSet<String> ids = new TreeSet<>();
    for (String line : Splitter.on('\n').split(mountInfo)) {
      // "36 35 98:0 /root /mount-point options - type source superoptions"
      List<String> fields = Splitter.on(' ').splitToList(line);
      if (fields.size() > 5 && OWN_FILES.contains(fields.get(4))) {
        Matcher matcher = CONTAINER_ID.matcher(fields.get(3));
        if (matcher.find()) {
          ids.add(matcher.group(1));
        }
      }
    }
    return ids.size() == 1 ? Optional.of(ids.first()) : Optional.empty();
  }

  public boolean translates() {
    return !sources.isEmpty();
  }

  /// Whether a mount covers the path.
  public boolean covers(String path) {
    return mountOf(Path.of(path).normalize()).isPresent();
  }

  String translate(String path) {
    Path inside = Path.of(path).normalize();
    Optional<Path> mount = mountOf(inside);
    if (mount.isEmpty()) {
      return path;
    }
    Path source = sources.getOrDefault(mount.get(), inside);
    Path rest = mount.get().relativize(inside);
    return rest.toString().isEmpty() ? source.toString() : source.resolve(rest).toString();
  }

  private Optional<Path> mountOf(Path inside) {
    return sources.keySet().stream()
        .filter(inside::startsWith)
        .max((a, b) -> Integer.compare(a.getNameCount(), b.getNameCount()));
  }
}
