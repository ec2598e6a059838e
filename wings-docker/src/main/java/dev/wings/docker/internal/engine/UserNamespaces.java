package dev.wings.docker.internal.engine;

import com.github.dockerjava.api.model.Info;
import java.util.List;

/// Whether the engine maps the containers' root to another user of the host.
public final class UserNamespaces {
  private UserNamespaces() {}

  /// @throws EngineException when the engine does not tell
  public static boolean mapped(EngineCommands engine) {
    Info info = engine.ask(docker -> docker.infoCmd().exec());
    List<String> options = info.getSecurityOptions();
    return options != null
        && options.stream()
            .anyMatch(option -> option.contains("name=userns") || option.contains("name=rootless"));
  }
}
