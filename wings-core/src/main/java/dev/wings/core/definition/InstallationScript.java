package dev.wings.core.definition;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// An installation or one-off script (`panel-remote-api.md` 2.4).
///
/// @param containerImage image reference; a trailing `~` means "never pull"
/// @param entrypoint program that runs the script, such as `bash`
/// @param environment variables added to the server's own
public record InstallationScript(
    String containerImage, String entrypoint, String script, Map<String, JsonNode> environment) {}
