package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.json.Json;
import dev.wings.daemon.panel.PanelSetup;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `wings configure` (`configuration.md` 14.4): join data, an enrolment code, or an application
/// key.
@Command(
    name = "configure",
    description = "Connects this node with a Panel.",
    mixinStandardHelpOptions = true)
final class ConfigureCommand implements Callable<Integer> {
  @ParentCommand private @Nullable WingsCommand wings;

  @Option(
      names = {"-j", "--join-data"},
      paramLabel = "BASE64",
      description = "what the Panel shows for the node")
  private @Nullable String joinData;

  @Option(names = "--enroll", paramLabel = "CODE", description = "one-time enrolment code")
  private @Nullable String code;

  @Option(
      names = {"-p", "--panel-url"},
      paramLabel = "URL",
      description = "address of the Panel")
  private @Nullable String panelUrl;

  @Option(
      names = {"-t", "--token"},
      paramLabel = "KEY",
      description = "application API key")
  private @Nullable String token;

  @Option(
      names = {"-n", "--node"},
      paramLabel = "ID",
      description = "number of the node")
  private @Nullable Integer node;

  @Option(names = "--allow-insecure", description = "accept an invalid certificate of the Panel")
  private boolean allowInsecure;

  @Option(
      names = {"-o", "--override"},
      description = "change an existing configuration without asking")
  private boolean override;

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    Path file = parent.configFile();
    if (Files.exists(file) && !override && !confirmed(file)) {
      return 1;
    }
    ConfigStore.configure(file, patch(file));
    parent.out().println("Configuration written to " + file);
    return 0;
  }

  private static boolean confirmed(Path file) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw WingsException.conflict(file + " exists; add --override to change it");
    }
    String answer = console.readLine("%s exists. Change it? [y/N] ", file);
    return answer != null && answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y");
  }

  private ObjectNode patch(Path file) throws IOException {
    if (joinData != null) {
      return joinDocument(joinData);
    }
    URI panel = url(given(panelUrl, "--panel-url"));
    if (code != null) {
      ObjectNode patch = PanelSetup.enroll(panel, code, Version.current(), !allowInsecure);
      return withOrigins(patch, file);
    }
    String key = given(token, "--token");
    int id = node != null ? node : Integer.parseInt(given(null, "--node"));
    if (id <= 0) {
      throw WingsException.invalid("--node: " + id + " (expected: > 0)");
    }
    return PanelSetup.nodeConfiguration(panel, key, id, !allowInsecure);
  }

  private static ObjectNode joinDocument(String base64) {
    try {
      return ConfigStore.parse(Base64.getDecoder().decode(base64.strip()));
    } catch (IllegalArgumentException malformed) {
      throw new WingsException(
          dev.wings.core.ErrorKind.INVALID, "--join-data is not base64", malformed);
    }
  }

  /// Keeps the origins that the file names already.
  private ObjectNode withOrigins(ObjectNode patch, Path file) throws IOException {
    if (Files.exists(file)
        && patch.get("allowed_origins")
            instanceof com.fasterxml.jackson.databind.node.ArrayNode added) {
      java.util.LinkedHashSet<String> all = new java.util.LinkedHashSet<>();
      for (JsonNode origin : ConfigStore.parse(Files.readAllBytes(file)).path("allowed_origins")) {
        all.add(origin.asText());
      }
      added.forEach(origin -> all.add(origin.asText()));
      patch.set("allowed_origins", Json.mapper().valueToTree(all));
    }
    return patch;
  }

  private static URI url(String text) {
    if (!text.startsWith("http://") && !text.startsWith("https://")) {
      throw WingsException.invalid("--panel-url: '" + text + "' (expected: http:// or https://)");
    }
    return URI.create(text.replaceAll("/+$", ""));
  }

  private static String given(@Nullable String value, String option) {
    if (value != null) {
      return value;
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw WingsException.invalid(option + " is missing");
    }
    String answer = console.readLine("%s: ", option.substring(2));
    if (answer == null || answer.isBlank()) {
      throw WingsException.invalid(option + " is missing");
    }
    return answer.strip();
  }
}
