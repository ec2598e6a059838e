package dev.wings.docker.internal.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.dockerjava.api.model.AuthConfig;
import dev.wings.core.config.DockerConfig.Registry;
import dev.wings.docker.internal.engine.EngineJson;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds the credentials for an image. The reference daemon takes the first key that is a string
/// prefix of the image, so that `registry.example` also matches `registry.example.evil.test`; here
/// host and port must be equal and path segments must match whole (`threats.md` CT-09). The longest
/// match wins.
final class RegistryCredentials {
  private static final String HUB = "docker.io";
  private static final Set<String> HUB_ALIASES =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com");

  private RegistryCredentials() {}

  /// A registry, or a part of one.
  private record Place(String host, List<String> path) {
    boolean covers(Place image) {
      return host.equals(image.host)
          && path.size() <= image.path.size()
          && path.equals(image.path.subList(0, path.size()));
    }
  }

  /// Value of the `X-Registry-Auth` header, empty when no entry covers the image.
  static Optional<String> header(String imageName, Map<String, Registry> registries) {
    Place image = image(imageName);
    String best = null;
    int bestLength = -1;
    for (String key : registries.keySet()) {
      Place place = key(key);
      if (place.covers(image) && place.path().size() > bestLength) {
        best = key;
        bestLength = place.path().size();
      }
    }
    Registry registry = best == null ? null : registries.get(best);
    if (registry == null) {
      return Optional.empty();
    }
    AuthConfig credentials =
        new AuthConfig()
            .withUsername(registry.username())
            .withPassword(registry.password())
            .withRegistryAddress(best);
    try {
      return Optional.of(
          Base64.getUrlEncoder()
              .encodeToString(EngineJson.mapper().writeValueAsBytes(credentials)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("three texts as JSON", e);
    }
  }

  private static Place image(String name) {
    Place place = split(name);
    if (place.host().equals(HUB) && place.path().size() == 1) {
      return new Place(HUB, List.of("library", place.path().getFirst()));
    }
    return place;
  }

  private static Place key(String key) {
    String text = key.strip();
    boolean url = text.contains("://");
    if (url) {
      text = text.substring(text.indexOf("://") + 3);
    }
    while (text.endsWith("/")) {
      text = text.substring(0, text.length() - 1);
    }
    if (HUB_ALIASES.contains(text.toLowerCase(Locale.ROOT))) {
      return new Place(HUB, List.of());
    }
    Place place = split(url && text.indexOf('/') < 0 ? text + "/" : text);
    boolean apiRoot =
        url && (place.path().equals(List.of("v1")) || place.path().equals(List.of("v2")));
    return apiRoot ? new Place(place.host(), List.of()) : place;
  }

  /// Splits at the first slash as engines do: the first component is a host only if it looks like
  /// one, otherwise everything is a path on the default registry.
  private static Place split(String text) {
    int slash = text.indexOf('/');
    String first = slash < 0 ? text : text.substring(0, slash);
    String rest = slash < 0 ? "" : text.substring(slash + 1);
    boolean host =
        first.contains(".")
            || first.contains(":")
            || first.equals("localhost")
            || (slash >= 0 && slash == text.length() - 1);
    if (!host) {
      return new Place(HUB, segments(text));
    }
    String lower = first.toLowerCase(Locale.ROOT);
    return new Place(HUB_ALIASES.contains(lower) ? HUB : lower, segments(rest));
  }

  private static List<String> segments(String path) {
    return Arrays.stream(path.split("/")).filter(segment -> !segment.isEmpty()).toList();
  }
}
