package dev.wings.core.definition;

import java.util.UUID;

/// One server as the Panel defines it (`panel-remote-api.md` 3 and 5).
public record ServerDefinition(ServerSettings settings, ProcessConfiguration process) {
  public UUID uuid() {
    return settings.uuid();
  }
}
