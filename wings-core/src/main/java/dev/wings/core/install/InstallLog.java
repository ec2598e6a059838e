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
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes `install.log` (`panel-remote-api.md` 9.8). The container's output is copied up to
/// [#MAX_OUTPUT] bytes, so that a script cannot fill the log disk (`threats.md` CT-04).
final class InstallLog {
  static final long MAX_OUTPUT = 8 << 20;

  static final String CUT = "\n[the output is longer than 8 MiB, the rest was cut off]\n";

  private InstallLog() {}

  /// Replaces the log of the installation before.
  ///
  /// @param timezone `system.timezone`, for servers without their own
  static void write(
      Path file,
      ServerSettings settings,
      String timezone,
      InstallationScript script,
      @Nullable String failure,
      InputStream output)
      throws IOException {
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file);
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      out.write(header(settings, timezone, script, failure).getBytes(StandardCharsets.UTF_8));
      copy(output, out);
    }
  }

  private static void copy(InputStream output, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = MAX_OUTPUT;
    for (int n = output.read(buffer); n > 0; n = output.read(buffer)) {
      if (n > left) {
        out.write(buffer, 0, (int) left);
        out.write(CUT.getBytes(StandardCharsets.UTF_8));
        return;
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  private static String header(
      ServerSettings settings,
      String timezone,
      InstallationScript script,
      @Nullable String failure) {
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
    environment(settings, timezone, script)
        .forEach(
            (name, value) -> text.append("  ").append(name).append('=').append(value).append('\n'));
    text.append("\n\n");
    block(text, "Script Output");
    return text.toString();
  }

  private static void block(StringBuilder text, String title) {
    text.append("|\n| ").append(title).append("\n| ").append("-".repeat(30)).append('\n');
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append("  %-22s%s\n".formatted(label, value));
  }

  /// The installer's variables (`containers.md` 12) without those that name its own files.
  private static Map<String, String> environment(
      ServerSettings settings, String timezone, InstallationScript script) {
    Map<String, String> all = new LinkedHashMap<>();
    settings.environment().forEach((name, value) -> all.put(name, rendered(value)));
    settings
        .allocations()
        .primary()
        .ifPresent(allocation -> {
          all.put("SERVER_IP", allocation.ip());
          all.put("SERVER_PORT", Integer.toString(allocation.port()));
        });
    String own = settings.container().timezone();
    all.put("TZ", own == null ? timezone : own);
    all.put("STARTUP", settings.invocation());
    all.put("SERVER_MEMORY", Long.toString(settings.build().memoryLimit()));
    script.environment().forEach((name, value) -> all.put(name, rendered(value)));
    return all;
  }

  private static String rendered(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString();
  }
}
