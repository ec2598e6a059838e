package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.json.Json;
import dev.wings.daemon.panel.PanelSetup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `wings configure` (`configuration.md` 14.4): join data, an enrolment code, or an application
/// key. What is missing is asked for at a terminal; without one it is an error.
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
  private @Nullable String node;

  @Option(names = "--allow-insecure", description = "accept an invalid certificate of the Panel")
  private boolean allowInsecure;

  @Option(
      names = {"-o", "--override"},
      description = "change an existing configuration without asking")
  private boolean override;

  /// The configuration that is there already.
  ///
  /// @param readable false when its values cannot be kept
  private record Existing(Path file, boolean readable, Set<String> origins) {}

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = Objects.requireNonNull(wings);
    Path file = parent.configFile();
    Optional<Existing> existing = Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    if (existing.isPresent() && !override && !confirmed(existing.get())) {
      return 1;
    }
    ObjectNode patch = patch(existing.map(Existing::origins).orElse(Set.of()));
    if (existing.isPresent() && !existing.get().readable()) {
      Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      parent.err().println("The unreadable file was kept as " + aside);
    }
    ConfigStore.configure(file, patch);
    parent.out().println("Configuration written to " + file);
    return 0;
  }

  private Existing read(Path file) throws IOException {
    try {
      Set<String> origins = new LinkedHashSet<>();
      ConfigStore.open(file, Objects.requireNonNull(wings).environment());
      for (JsonNode origin : ConfigStore.parse(Files.readAllBytes(file)).path("allowed_origins")) {
        origins.add(origin.asText());
      }
      return new Existing(file, true, origins);
    } catch (WingsException unreadable) {
      Objects.requireNonNull(wings)
          .err()
          .println(
              "The existing configuration cannot be read, its values will not be kept: "
                  + unreadable.getMessage());
      return new Existing(file, false, Set.of());
    }
  }

  private boolean confirmed(Existing existing) {
    String verb = existing.readable() ? "Change" : "Replace";
    return prompt(existing.file() + " exists. " + verb + " it? [y/N]")
        .orElseThrow(
            () -> WingsException.conflict(existing.file() + " exists; add --override to change it"))
        .toLowerCase(Locale.ROOT)
        .startsWith("y");
  }

  private ObjectNode patch(Set<String> origins) {
    if (joinData != null) {
      return joinDocument(joinData);
    }
    URI panel = url(given(panelUrl, "--panel-url"));
    if (code != null) {
      ObjectNode patch = PanelSetup.enroll(panel, code, Version.current(), !allowInsecure);
      return withOrigins(patch, origins);
    }
    String key = given(token, "--token");
    return PanelSetup.nodeConfiguration(panel, key, id(given(node, "--node")), !allowInsecure);
  }

  private static ObjectNode joinDocument(String base64) {
    try {
      return ConfigStore.parse(Base64.getDecoder().decode(base64.strip()));
    } catch (IllegalArgumentException malformed) {
      throw new WingsException(ErrorKind.INVALID, "--join-data is not base64", malformed);
    } catch (WingsException malformed) {
      throw new WingsException(
          malformed.kind(),
          "--join-data is no configuration: " + malformed.getMessage(),
          malformed);
    }
  }

  /// Keeps the origins that the file names already.
  private static ObjectNode withOrigins(ObjectNode patch, Set<String> origins) {
    if (patch.get("allowed_origins") instanceof ArrayNode added) {
      Set<String> all = new LinkedHashSet<>(origins);
      added.forEach(origin -> all.add(origin.asText()));
      patch.set("allowed_origins", Json.mapper().valueToTree(all));
    }
    return patch;
  }

  private static int id(String text) {
    try {
      int id = Integer.parseInt(text);
      if (id > 0) {
        return id;
      }
    } catch (NumberFormatException noNumber) {
      // answered below
    }
    throw WingsException.invalid("--node: '" + text + "' (expected: a number above 0)");
  }

  private static URI url(String text) {
    try {
      return PanelSetup.address(text);
    } catch (WingsException invalid) {
      throw WingsException.invalid("--panel-url: " + invalid.getMessage());
    }
  }

  private String given(@Nullable String value, String option) {
    return Optional.ofNullable(value)
        .or(() -> prompt(option.substring(2) + ":"))
        .map(String::strip)
        .filter(answer -> !answer.isEmpty())
        .orElseThrow(() -> WingsException.invalid(option + " is missing"));
  }

  private Optional<String> prompt(String question) {
    return Objects.requireNonNull(wings).host().prompt().ask(question);
  }
}
