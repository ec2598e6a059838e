package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.backup.BackupJson;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelClient;
import java.util.UUID;

/// The stored forms of results, and the calls that they become.
final class Report {
  private static final String INSTALLATION = "installation";
  private static final String BACKUP = "backup";
  private static final String RESTORE = "restore";
  private static final String DELETION = "deletion";

  private Report() {}

  static ObjectNode installation(UUID server, boolean successful, boolean reinstall) {
    return of(INSTALLATION)
        .put("server", server.toString())
        .put("successful", successful)
        .put("reinstall", reinstall);
  }

  static ObjectNode backup(UUID server, UUID backup, boolean successful, BackupResult result) {
    ObjectNode report =
        of(BACKUP)
            .put("server", server.toString())
            .put("backup", backup.toString())
            .put("successful", successful);
    report.set("result", BackupJson.write(successful, result));
    return report;
  }

  static ObjectNode restore(UUID server, UUID backup, boolean successful) {
    return of(RESTORE)
        .put("server", server.toString())
        .put("backup", backup.toString())
        .put("successful", successful);
  }

  static ObjectNode deletion(UUID backup, boolean successful) {
    return of(DELETION).put("backup", backup.toString()).put("successful", successful);
  }

  private static ObjectNode of(String kind) {
    return Json.mapper().createObjectNode().put("kind", kind);
  }

  /// Among whose reports it keeps its place: the backup's or the server's.
  static String owner(JsonNode report) {
    return report.path(report.has("backup") ? "backup" : "server").asText();
  }

  static void send(JsonNode report, PanelClient panel) {
    boolean successful = report.path("successful").asBoolean();
    switch (report.path("kind").asText()) {
      case BACKUP ->
          panel.reportBackup(
              id(report, "backup"), successful, BackupJson.read(report.path("result")));
      case RESTORE -> panel.reportRestore(id(report, "server"), id(report, "backup"), successful);
      case DELETION -> panel.reportDeletion(id(report, "backup"), successful);
      default ->
          panel.reportInstallation(
              id(report, "server"), successful, report.path("reinstall").asBoolean());
    }
  }

  private static UUID id(JsonNode report, String member) {
    return UUID.fromString(report.path(member).asText());
  }
}
