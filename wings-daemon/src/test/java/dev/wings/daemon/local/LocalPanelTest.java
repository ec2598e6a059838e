package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPanelTest {
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  @TempDir Path directory;
  private LocalPanel panel;
  private Path definition;

  @BeforeEach
  void open() throws IOException {
    panel = new LocalPanel(directory, InstantSource.fixed(Instant.parse("2026-11-25T10:00:00Z")));
    definition =
        Files.writeString(directory.resolve("servers/a.json"), TestDefinitions.json(SERVER, "one"));
  }

  private JsonNode result() throws IOException {
    return Json.mapper()
        .readTree(Files.readAllBytes(directory.resolve("results/" + SERVER + ".json")));
  }

  @Test
  void aDefinitionIsAServerOfTheNodeOnceItWasAdmitted() throws IOException {
    assertThat(panel.servers()).isEmpty();
    assertThat(panel.server(SERVER)).isPresent();

    panel.admit(SERVER);

    assertThat(panel.servers()).extracting(ServerDefinition::uuid).containsExactly(SERVER);
    assertThat(new LocalPanel(directory, InstantSource.system()).servers()).hasSize(1);
  }

  @Test
  void theResultOfAnInstallationIsKeptAndNotOverwrittenByAdmission() throws IOException {
    panel.reportInstallation(SERVER, /* successful= */ true, /* reinstall= */ false);
    panel.admit(SERVER);

    assertThat(result().toString())
        .isEqualTo(
            "{\"installed\":true,\"successful\":true,\"reinstall\":false,"
                + "\"at\":\"2026-11-25T10:00:00Z\"}");
  }

  @Test
  void resultsOfABackupAreKeptTogether() throws IOException {
    UUID backup = UUID.fromString("519e25c5-76ed-4563-ae2d-28d6fba99182");
    panel.reportBackup(
        backup, true, new BackupResult("sha256", "ab", 12, 3, false, false, List.of()));
    panel.reportRestore(SERVER, backup, false);
    panel.reportDeletion(backup, true);

    JsonNode results =
        Json.mapper()
            .readTree(Files.readAllBytes(directory.resolve("results/backups/" + backup + ".json")));
    assertThat(results.at("/created/checksum").asText()).isEqualTo("ab");
    assertThat(results.at("/restored/server").asText()).isEqualTo(SERVER.toString());
    assertThat(results.at("/restored/successful").asBoolean()).isFalse();
    assertThat(results.at("/deleted/successful").asBoolean()).isTrue();
    assertThat(results.at("/deleted/at").asText()).isEqualTo("2026-11-25T10:00:00Z");
    assertThatThrownBy(() -> panel.parts(backup, 1)).isInstanceOf(PanelException.class);
    assertThatThrownBy(() -> panel.restic(backup)).isInstanceOf(PanelException.class);
  }

  @Test
  void anUnknownServerHasNoScript() {
    assertThat(panel.installationScript(SERVER).script()).isEqualTo("true");
    assertThatThrownBy(() -> panel.installationScript(UUID.randomUUID()))
        .isInstanceOfSatisfying(PanelException.class, e -> assertThat(e.status()).isEqualTo(404));
  }

  @Test
  void aForgottenServerLeavesItsFileUnderAnotherName() throws IOException {
    panel.admit(SERVER);

    panel.forget(SERVER);

    assertThat(definition).doesNotExist();
    assertThat(directory.resolve("servers/a.json.deleted")).exists();
    assertThat(panel.server(SERVER)).isEmpty();
    assertThat(panel.admitted(SERVER)).isFalse();
    panel.forget(SERVER); // again changes nothing
  }

  private Activity activity(String event) {
    return new Activity(
        Actor.SYSTEM,
        SERVER,
        event,
        Json.mapper().createObjectNode().put("key", "a\nb"),
        Instant.parse("2026-11-25T10:00:00Z"));
  }

  @Test
  void activityIsAppendedOneObjectPerLine() throws IOException {
    panel.reportActivity(List.of(activity("server:power.start"), activity("server:power.stop")));
    panel.reportActivity(List.of(activity("server:console.command")));

    List<String> lines = Files.readAllLines(directory.resolve("results/activity.jsonl"));
    assertThat(lines).hasSize(3);
    assertThat(Json.mapper().readTree(lines.get(2)).path("event").asText())
        .isEqualTo("server:console.command");
  }

  @Test
  void activityDoesNotGrowForEver() throws IOException {
    Path file = directory.resolve("results/activity.jsonl");
    Files.write(file, new byte[(16 << 20) + 1]);

    panel.reportActivity(List.of(activity("server:power.start")));

    assertThat(Files.readAllLines(file)).hasSize(1);
    assertThat(directory.resolve("results/activity.jsonl.1")).hasSize((16 << 20) + 1);
  }

  @Test
  void aResultThatCannotBeStoredIsTriedAgainLater() throws IOException {
    Files.delete(directory.resolve("results"));

    assertThatThrownBy(() -> panel.reportInstallation(SERVER, true, false))
        .isInstanceOfSatisfying(PanelException.class, e -> assertThat(e.unavailable()).isTrue());
  }
}
