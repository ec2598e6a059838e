package dev.wings.daemon.panel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.backup.BackupJson;
import dev.wings.core.backup.BackupPanel;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The Panel calls about backups (`panel-remote-api.md` 2.16 to 2.21).
final class BackupCalls implements BackupPanel {
  private final Transport transport;
  private final RetryPolicy retries;

  /// Sends a request once. Throws [PanelException] when the Panel refuses or does not answer.
  interface Transport {
    /// @param body null for none
    void send(String method, String path, @Nullable JsonNode body);

    /// The same with the document that the Panel answers.
    JsonNode json(String method, String path, @Nullable JsonNode body);
  }

  BackupCalls(Transport transport, RetryPolicy retries) {
    this.transport = transport;
    this.retries = retries;
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    transport.send("POST", "/backups/" + backup, BackupJson.write(successful, result));
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("server_uuid", server.toString()).put("successful", successful);
    transport.send("POST", "/backups/" + backup + "/restore", body);
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    ObjectNode body = Json.mapper().createObjectNode().put("successful", successful);
    transport.send("POST", "/backups/" + backup + "/deletion", body);
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    return urls("/backups/" + backup + "/s3/parts?from_part=" + fromPart);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    return urls("/backups/" + backup + "?size=" + size);
  }

  private PartUrls urls(String path) {
    return retries.call(() -> partUrls(transport.json("GET", path, null)));
  }

  private static PartUrls partUrls(JsonNode answer) {
    List<String> urls = new ArrayList<>();
    answer.path("parts").forEach(url -> urls.add(url.asText()));
    long partSize = answer.path("part_size").asLong();
    if (partSize <= 0 || urls.isEmpty()) {
      throw new PanelException(
          417, List.of(urls.size() + " parts of " + partSize + " bytes (expected: more)"), null);
    }
    return new PartUrls(urls, partSize);
  }

  @Override
  public ResticRepository restic(UUID backup) {
    return repository(transport.json("GET", "/backups/" + backup + "/restic", null));
  }

  private static ResticRepository repository(JsonNode answer) {
    Map<String, String> environment = new LinkedHashMap<>();
    answer
        .path("environment")
        .properties()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().asText()));
    String repository = answer.path("repository").asText();
    if (repository.isEmpty()) {
      throw new PanelException(417, List.of("answer names no repository"), null);
    }
    return new ResticRepository(
        repository,
        Optional.ofNullable(answer.path("password_file").textValue()),
        Math.max(0, answer.path("retry_lock_seconds").asLong()),
        environment);
  }
}
