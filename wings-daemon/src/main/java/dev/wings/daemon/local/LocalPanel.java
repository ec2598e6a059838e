package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/// A directory that plays the Panel: definitions come from `servers/`, those who may log in by SFTP
/// from `users.yml`, results go to `results/`.
///
/// A server counts as belonging to the node once [#admit] was called for it; that is what tells a
/// definition that is new (and must be installed) from one whose server exists already.
public final class LocalPanel implements PanelClient {
  /// The file of activities is put aside beyond this size, replacing the one before.
  private static final long MAX_ACTIVITY_BYTES = 16 << 20;

  private static final int SHORT_ID_LENGTH = 8;

  private final LocalDefinitions definitions;
  private final LocalUsers users;
  private final Path results;
  private final BackupResults backups;
  private final InstantSource clock;

  /// @param directory stand-alone directory; `servers` and `results` below it are created when
  ///   missing
  public LocalPanel(Path directory, InstantSource clock) throws IOException {
    this.definitions = new LocalDefinitions(directory.resolve("servers"));
    this.users = new LocalUsers(directory.resolve("users.yml"));
    this.results = directory.resolve("results");
    this.backups = new BackupResults(results.resolve("backups"), clock);
    this.clock = clock;
    Files.createDirectories(definitions.directory());
    Files.createDirectories(results);
  }

  LocalDefinitions definitions() {
    return definitions;
  }

  LocalUsers users() {
    return users;
  }

  boolean admitted(UUID server) {
    return Files.exists(result(server));
  }

  /// Remembers that the server exists on this node.
  void admit(UUID server) throws IOException {
    if (!admitted(server)) {
      store(server, Json.mapper().createObjectNode().put("installed", false));
    }
  }

  /// Forgets a deleted server; its definition file is kept under another name.
  void forget(UUID server) throws IOException {
    Optional<LocalDefinitions.Entry> entry = definitions.find(server);
    if (entry.isPresent()) {
      Path file = entry.get().file();
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".deleted"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.deleteIfExists(result(server));
  }

  @Override
  public List<ServerDefinition> servers() {
    return definitions.all().stream()
        .map(LocalDefinitions.Entry::definition)
        .filter(definition -> admitted(definition.uuid()))
        .toList();
  }

  @Override
  public Optional<ServerDefinition> server(UUID server) {
    return definitions.find(server).map(LocalDefinitions.Entry::definition);
  }

  @Override
  public void resetServers() {
    // nothing is ever stuck here: there is no second party that keeps a state of its own
  }

  @Override
  public InstallationScript installationScript(UUID server) {
    return definitions
        .find(server)
        .map(LocalDefinitions.Entry::script)
        .orElseThrow(() -> new PanelException(404, List.of("server not found"), null));
  }

  @Override
  public void reportInstallation(UUID server, boolean successful, boolean reinstall) {
    ObjectNode result =
        Json.mapper()
            .createObjectNode()
            .put("installed", true)
            .put("successful", successful)
            .put("reinstall", reinstall)
            .put("at", clock.instant().toString());
    try {
      store(server, result);
    } catch (IOException e) {
      throw new PanelException(0, List.of("result cannot be stored"), e);
    }
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    backups.reportBackup(backup, successful, result);
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    backups.reportRestore(server, backup, successful);
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    backups.reportDeletion(backup, successful);
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    return backups.parts(backup, fromPart);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    return backups.allParts(backup, size);
  }

  @Override
  public ResticRepository restic(UUID backup) {
    return backups.restic(backup);
  }

  @Override
  public void reportActivity(List<Activity> batch) {
    StringBuilder lines = new StringBuilder();
    for (Activity activity : batch) {
      ObjectNode line = Json.mapper().createObjectNode();
      line.put("timestamp", activity.timestamp().toString());
      line.put("server", activity.server().toString());
      line.put("event", activity.event());
      line.put("user", Objects.toString(activity.actor().user(), null));
      line.put("ip", activity.actor().ip());
      line.set("metadata", activity.metadata());
      lines.append(line).append('\n');
    }
    try {
      Path file = results.resolve("activity.jsonl");
      if (Files.exists(file) && Files.size(file) > MAX_ACTIVITY_BYTES) {
        Files.move(
            file,
            results.resolve("activity.jsonl.1"),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
      Files.writeString(
          file,
          lines,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new PanelException(0, List.of("activity cannot be stored"), e);
    }
  }

  @Override
  public SftpAccess sftpAuth(SftpAttempt attempt) {
    int dot = attempt.userName().lastIndexOf('.');
    String name = attempt.userName().substring(0, Math.max(0, dot));
    String shortId = attempt.userName().substring(dot + 1).toLowerCase(Locale.ROOT);
    Optional<LocalUser> user = users.authenticate(name, attempt);
    if (user.isEmpty()) {
      throw new PanelException(417, List.of("user not found"), null);
    }
    UUID server =
        servers().stream()
            .map(ServerDefinition::uuid)
            .filter(id -> id.toString().substring(0, SHORT_ID_LENGTH).equals(shortId))
            .filter(user.get()::mayUse)
            .findFirst()
            .orElseThrow(() -> new PanelException(404, List.of("server not found"), null));
    return user.get().access(server);
  }

  private Path result(UUID server) {
    return results.resolve(server + ".json");
  }

  private void store(UUID server, ObjectNode result) throws IOException {
    Path file = result(server);
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(temporary, result.toPrettyString() + "\n");
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
