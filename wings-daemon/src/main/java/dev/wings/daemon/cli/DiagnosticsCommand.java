package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.EngineInfo;
import dev.wings.core.json.Json;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.docker.DockerEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `wings diagnostics` (`configuration.md` 14.6). Prints; nothing ever leaves the node by itself.
@Command(
    name = "diagnostics",
    description =
        "Prints versions, the configuration's essentials and the end of the log, without secrets.",
    mixinStandardHelpOptions = true)
final class DiagnosticsCommand implements Callable<Integer> {
  private static final int LABEL_WIDTH = 20;

  @ParentCommand private @Nullable WingsCommand wings;

  @Option(
      names = {"-l", "--log-lines"},
      paramLabel = "N",
      description = "log lines (default: ${DEFAULT-VALUE})")
  private int logLines = 500;

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  @Option(
      names = "--include-endpoints",
      description = "do not redact addresses and certificate paths")
  private boolean includeEndpoints;

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    ConfigStore store = parent.openConfig();
    ObjectNode report = report(store);
    Redaction.of(store.current(), !includeEndpoints).apply(report);
    parent.out().println(json ? report.toPrettyString() : text(report));
    return 0;
  }

  private ObjectNode report(ConfigStore store) throws IOException {
    WingsConfig config = store.current();
    SystemPaths paths = SystemPaths.of(config.system());
    ObjectNode report = Json.mapper().createObjectNode();
    ObjectNode versions = report.putObject("versions");
    versions.put("wings", Version.current()).put("kernel", SystemProbe.kernelVersion());
    versions.put("java", Runtime.version().toString());
    engine(store, versions);
    daemon(config, report.putObject("daemon"));
    ObjectNode settings = report.putObject("configuration");
    settings.put("panel", config.remote());
    settings.put("listener", config.api().host() + ":" + config.api().port());
    settings.put("tls", config.api().ssl().enabled());
    settings.put("certificate", config.api().ssl().cert()).put("key", config.api().ssl().key());
    settings.put(
        "sftp", config.system().sftp().bindAddress() + ":" + config.system().sftp().bindPort());
    settings
        .put("root directory", paths.root().toString())
        .put("log directory", paths.log().toString());
    settings.put("data", paths.data().toString()).put("backups", paths.backups().toString());
    settings.put("temporary", paths.temporary().toString());
    settings
        .put("username", config.system().username())
        .put("time zone", config.system().timezone());
    settings.put("debug", config.debug());
    var log = report.putArray("log");
    tail(paths.log().resolve("wings.log")).forEach(log::add);
    return report;
  }

  private static void engine(ConfigStore store, ObjectNode versions) {
    try (DockerEngine engine = DockerEngine.connect(store)) {
      EngineInfo info = engine.info();
      versions.put("engine", info.name() + " " + info.version() + ", API " + info.apiVersion());
      versions.put("engine system", info.operatingSystem());
    } catch (WingsException absent) {
      versions.put("engine", "not available: " + absent.getMessage());
    }
  }

  /// What the running daemon says of itself; only it knows how it was started.
  private static void daemon(WingsConfig config, ObjectNode daemon) {
    try {
      JsonNode overview = new LocalDaemon(config).get("/api/system/overview");
      daemon.put("running", overview.path("version").asText());
      JsonNode servers = overview.path("servers");
      daemon.put(
          "servers", servers.path("total").asInt() + ", online " + servers.path("online").asInt());
      StringJoiner problems = new StringJoiner("; ");
      problems.setEmptyValue("none");
      for (JsonNode each : overview.path("problems")) {
        problems.add(each.path("part").asText() + ": " + each.path("problem").asText());
      }
      daemon.put("problems", problems.toString());
    } catch (IOException | WingsException absent) {
      daemon.put("running", "no answer: " + absent.getMessage());
    }
  }

  private List<String> tail(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    ArrayDeque<String> last = new ArrayDeque<>();
    // not Files.newBufferedReader, which fails at the first byte that is not UTF-8
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last.add(line.replaceAll("\u001b\\[[0-9;]*[A-Za-z]", ""));
        if (last.size() > logLines) {
          last.removeFirst();
        }
      }
    }
    return List.copyOf(last);
  }

  private static String text(ObjectNode report) {
    StringBuilder text = new StringBuilder();
    for (String section : new String[] {"versions", "daemon", "configuration"}) {
      text.append(section).append('\n');
      for (Map.Entry<String, JsonNode> entry : report.path(section).properties()) {
        text.append(
            String.format(
                "%" + LABEL_WIDTH + "s: %s%n", entry.getKey(), entry.getValue().asText()));
      }
      text.append('\n');
    }
    text.append("log\n");
    report.path("log").forEach(line -> text.append(line.asText()).append('\n'));
    return text.toString();
  }
}
