package dev.wings.core.install;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes `install.log` (`panel-remote-api.md` 9.8). The container's output is copied up to
/// [#MAX_OUTPUT] bytes, so that a script cannot fill the log disk (`threats.md` CT-04).
final class InstallLog {
  static final long MAX_OUTPUT = 8 << 20;

  private InstallLog() {}

  static void write(
      Path file,
      ServerSettings settings,
      InstallationScript script,
      @Nullable String failure,
      InputStream output)
      throws IOException {
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(header(settings, script, failure).getBytes(StandardCharsets.UTF_8));
      byte[] buffer = new byte[1 << 16];
      long left = MAX_OUTPUT;
      for (int n = output.read(buffer); n > 0; n = output.read(buffer)) {
        out.write(buffer, 0, (int) Math.min(n, left));
        left -= Math.min(n, left);
        if (left == 0) {
          out.write("\n[the rest of the output was cut off]\n".getBytes(StandardCharsets.UTF_8));
          return;
        }
      }
    }
  }

  private static String header(
      ServerSettings settings, InstallationScript script, @Nullable String failure) {
    StringBuilder text = new StringBuilder("Server Installation Log\n\n");
    block(text, "Details");
    line(text, "Server UUID:", settings.uuid().toString());
    line(text, "Container Image:", script.containerImage());
    line(text, "Container Entrypoint:", script.entrypoint());
    if (failure != null) {
      line(text, "Failure Reason:", failure);
    }
    text.append('\n');
    block(text, "Environment Variables");
    variables(text, settings.environment());
    variables(text, script.environment());
    text.append('\n');
    block(text, "Script Output");
    return text.toString();
  }

  private static void block(StringBuilder text, String title) {
    text.append("|\n| ").append(title).append("\n| ").append("-".repeat(30)).append('\n');
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(String.format("  %-23s%s%n", label, value));
  }

  private static void variables(StringBuilder text, Map<String, JsonNode> environment) {
    environment.forEach((name, value) ->
        text.append("  ")
            .append(name)
            .append('=')
            .append(value.isTextual() ? value.asText() : value.toString())
            .append('\n'));
  }
}
