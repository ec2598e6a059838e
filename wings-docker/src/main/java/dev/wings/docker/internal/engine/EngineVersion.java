package dev.wings.docker.internal.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.docker.internal.engine.EngineException.Failure;

/// What `/version` told. Read by hand and not with docker-java's model, because the streams need
/// the version too and keep clear of the library.
///
/// @param api the API version in use
public record EngineVersion(
    boolean podman, String version, String api, String operatingSystem, String kernel) {

  /// Picks the newest API version that both sides know: at most `newest`, which is what this client
  /// was written for, unless the engine no longer speaks it.
  ///
  /// @throws EngineException when the engine is older than `oldest`
  static EngineVersion negotiate(JsonNode answer, String oldest, String newest) {
    String offered = answer.path("ApiVersion").asText();
    if (!offered.matches("\\d{1,3}\\.\\d{1,3}")) {
      throw new EngineException(
          Failure.MALFORMED, 0, "the container engine does not tell its API version", null);
    }
    if (compare(offered, oldest) < 0) {
      throw new EngineException(
          Failure.MALFORMED,
          0,
          "the container engine speaks API " + offered + " (expected: " + oldest + " or newer)",
          null);
    }
    String api = compare(offered, newest) < 0 ? offered : newest;
    String minimum = answer.path("MinAPIVersion").asText();
    if (minimum.matches("\\d{1,3}\\.\\d{1,3}") && compare(minimum, api) > 0) {
      api = minimum;
    }
    boolean podman = false;
    for (JsonNode component : answer.path("Components")) {
      podman |= component.path("Name").asText().startsWith("Podman");
    }
    return new EngineVersion(
        podman,
        answer.path("Version").asText(),
        api,
        answer.path("Os").asText() + "/" + answer.path("Arch").asText(),
        answer.path("KernelVersion").asText());
  }

  static int compare(String left, String right) {
    String[] a = left.split("\\.", 2);
    String[] b = right.split("\\.", 2);
    int major = Integer.compare(Integer.parseInt(a[0]), Integer.parseInt(b[0]));
    return major != 0 ? major : Integer.compare(Integer.parseInt(a[1]), Integer.parseInt(b[1]));
  }
}
