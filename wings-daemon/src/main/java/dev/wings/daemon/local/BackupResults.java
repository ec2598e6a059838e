package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.backup.BackupJson;
import dev.wings.core.backup.BackupPanel;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.json.Json;
import dev.wings.core.panel.PanelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/// What became of backups: one file each with the last result of every kind. Storage that only a
/// Panel can open is refused.
final class BackupResults implements BackupPanel {
  private static final int REFUSED = 417;

  private final Path directory;
  private final InstantSource clock;

  /// @param directory made when there is something to write
  BackupResults(Path directory, InstantSource clock) {
    this.directory = directory;
    this.clock = clock;
  }

  @Override
  public void reportBackup(UUID backup, boolean successful, BackupResult result) {
    store(backup, "created", BackupJson.write(successful, result));
  }

  @Override
  public void reportRestore(UUID server, UUID backup, boolean successful) {
    ObjectNode result = Json.mapper().createObjectNode();
    store(
        backup, "restored", result.put("server", server.toString()).put("successful", successful));
  }

  @Override
  public void reportDeletion(UUID backup, boolean successful) {
    store(backup, "deleted", Json.mapper().createObjectNode().put("successful", successful));
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    throw new PanelException(REFUSED, List.of("a stand-alone node has no s3 storage"), null);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    return parts(backup, 1);
  }

  @Override
  public ResticRepository restic(UUID backup) {
    throw new PanelException(
        REFUSED, List.of("a stand-alone node has only the repository of config.yml"), null);
  }

  private synchronized void store(UUID backup, String kind, ObjectNode result) {
    Path file = directory.resolve(backup + ".json");
    Path temporary = directory.resolve(backup + ".json.tmp");
    result.put("at", clock.instant().toString());
    try {
      Files.createDirectories(directory);
      ObjectNode all =
          Files.exists(file) && Json.mapper().readTree(file.toFile()) instanceof ObjectNode known
              ? known
              : Json.mapper().createObjectNode();
      all.set(kind, result);
      Files.writeString(temporary, all.toPrettyString() + "\n");
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new PanelException(0, List.of("result cannot be stored"), e);
    }
  }
}
