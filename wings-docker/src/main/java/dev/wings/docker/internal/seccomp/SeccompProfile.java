package dev.wings.docker.internal.seccomp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Set;

/// The bundled profile. Servers can only make it stricter.
public final class SeccompProfile {
  private static final String RESOURCE = "profile.json";
  private static final SeccompProfile BUNDLED = new SeccompProfile(load());

  private final JsonNode document;
  private final String text;

  private SeccompProfile(JsonNode document) {
    this.document = document;
    this.text = document.toString();
  }

  public static SeccompProfile bundled() {
    return BUNDLED;
  }

  /// The profile as JSON text after taking the named system calls out of every rule that allows
  /// them. A rule stays in place even when no name is left.
  public String without(Collection<String> systemCalls) {
    if (systemCalls.isEmpty()) {
      return text;
    }
    Set<String> removed = Set.copyOf(systemCalls);
    ObjectNode copy = document.deepCopy();
    for (JsonNode rule : copy.path("syscalls")) {
      if (rule.path("action").asText().equals("SCMP_ACT_ALLOW")
          && rule.get("names") instanceof ArrayNode names) {
        for (int i = names.size() - 1; i >= 0; i--) {
          if (removed.contains(names.get(i).asText())) {
            names.remove(i);
          }
        }
      }
    }
    return copy.toString();
  }

  private static JsonNode load() {
    try (InputStream in = SeccompProfile.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + RESOURCE);
      }
      return Json.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
