package dev.wings.backup.restic;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Restoration;
import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The restore of one snapshot. Restic writes below the target with the whole path of the volume
/// that the snapshot was made of, and with what it knows about owners; then the tree moves up and
/// gets what files of the server have.
final class ResticRestore {
  private static final Pattern SPECIAL = Pattern.compile("[*?\\[\\]\\\\]");
  private static final String BELOW = Sandbox.STAGING_PREFIX + "restic";
  private static final int DELETE_THREADS = 4;

  private final Snapshot snapshot;
  private final ResticBackups backups;
  private final Restoration restoration;
  private final Sandbox sandbox;

  ResticRestore(Snapshot snapshot, ResticBackups backups, Restoration restoration) {
    this.snapshot = snapshot;
    this.backups = backups;
    this.restoration = restoration;
    this.sandbox = (Sandbox) restoration.target().getFileSystem();
  }

  void run() throws IOException {
    long bytes = bytes();
    restoration.progress().expect(bytes);
    sandbox.requireSpace(bytes);
    Path below = restoration.target().resolve(BELOW);
    Files.createDirectory(below);
    write();
    Path tree = below.resolve(sandbox.getPath(snapshot.path().substring(1)));
    if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      throw new DamagedBackupException("the snapshot does not hold the files of a server");
    }
    new RestoredTree(restoration, tree).settle();
    moveUp(tree);
    sandbox.deleteTree(below, DELETE_THREADS, restoration.progress()::cancelled);
  }

  /// What the files take when they are written.
  private long bytes() throws IOException {
    List<String> output = new ArrayList<>();
    try (ResticRun run =
        backups
            .restic()
            .start(
                Restic.Call.reading(
                    snapshot.repository(), "stats", "--mode", "restore-size", snapshot.id()),
                restoration.progress())) {
      run.lines(output::add);
      run.await("stats");
    }
    return ResticBackups.json(String.join("\n", output)).path("total_size").asLong();
  }

  private void write() throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("restore", snapshot.id()));
    arguments.addAll(List.of("--target", restoration.hostPath() + "/" + BELOW));
    arguments.addAll(List.of("--include", SPECIAL.matcher(snapshot.path()).replaceAll("\\\\$0")));
    arguments.addAll(backups.rates());
    arguments.add("-vv");
    Progress progress = restoration.progress();
    try (ResticRun run =
        backups
            .restic()
            .start(
                new Restic.Call(
                    snapshot.repository(), Restic.Locks.NONE, /* json= */ true, arguments),
                progress)) {
      run.lines(line -> restored(ResticBackups.json(line)));
      run.await("restore");
    }
  }

  private void restored(JsonNode message) {
    long size = message.path("size").asLong();
    if (message.path("message_type").asText().equals("verbose_status") && size > 0) {
      restoration.progress().addBytes(size);
      restoration.progress().addFile();
      String item = message.path("item").asText();
      String prefix = snapshot.path() + "/";
      restoration.file().accept(item.startsWith(prefix) ? item.substring(prefix.length()) : item);
    }
  }

  private void moveUp(Path tree) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(tree)) {
      for (Path entry : entries) {
        Files.move(
            entry,
            restoration.target().resolve(requireNonNull(entry.getFileName())),
            StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }
}
