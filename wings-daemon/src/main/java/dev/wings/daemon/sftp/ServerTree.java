package dev.wings.daemon.sftp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.change.FileChanges;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.Location;
import dev.wings.sftp.files.Edit;
import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.files.Space;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// The volume of a server as a user sees it over SFTP. The sandbox confines, charges the quota and
/// gives new files their owner; this says what is hidden and allowed, and tells what happened.
final class ServerTree implements FileTree {
  private final Member member;
  private final Server server;
  private final VisibleFiles visible;
  private final Revisions revisions;
  private final FileRecord history;
  private final FileActivity activity;
  private final LiveConfig config;

  ServerTree(
      Member member,
      VisibleFiles visible,
      Revisions revisions,
      FileActivity activity,
      LiveConfig config) {
    this.member = member;
    this.server = member.server();
    this.visible = visible;
    this.revisions = revisions;
    this.history = new FileRecord(member, revisions, System::nanoTime);
    this.activity = activity;
    this.config = config;
  }

  @Override
  public Path root() {
    return server.volume().root();
  }

  /// Names are bytes, whether they are text or not.
  @Override
  public Path path(byte[] names) {
    return root().getFileSystem() instanceof Sandbox sandbox
        ? sandbox.pathOf(names)
        : FileTree.super.path(names);
  }

  @Override
  public byte[] bytes(Path path) {
    return path.getFileSystem() instanceof Sandbox
        ? Sandbox.bytesOf(path)
        : FileTree.super.bytes(path);
  }

  @Override
  public boolean accessible() {
    return server.lock().isEmpty() && member.may(Permission.FILE_SFTP);
  }

  @Override
  public boolean allows(FileRight right) {
    return member.may(permission(right));
  }

  private static Permission permission(FileRight right) {
    return switch (right) {
      case LIST -> Permission.FILE_READ;
      case READ -> Permission.FILE_READ_CONTENT;
      case CREATE -> Permission.FILE_CREATE;
      case UPDATE -> Permission.FILE_UPDATE;
      case DELETE -> Permission.FILE_DELETE;
    };
  }

  /// A hidden directory that leads to visible entries can be passed through. What does not exist is
  /// hidden when a directory of that name would be.
  @Override
  public boolean hidden(Path path) throws IOException {
    Location place = visible.locate(path);
    if (place.view().filter().equals(PathFilter.NONE)) {
      return false; // without another look at the file
    }
    return place.hiddenFromReading()
        || (Files.notExists(path, LinkOption.NOFOLLOW_LINKS) && place.hiddenAsDirectory());
  }

  @Override
  public void execute(Runnable work) {
    server.submitToFiles(FileWork.Kind.SESSION, work);
  }

  @Override
  public void executeLong(Runnable work) {
    server.submitToFiles(FileWork.Kind.TRANSFER, work);
  }

  @Override
  public Space space() throws IOException {
    ServerVolume volume = server.volume();
    long limit = volume.limitBytes();
    if (limit > 0) {
      return new Space(limit, limit - volume.usedBytes());
    }
    FileStore store = Files.getFileStore(root());
    return new Space(store.getTotalSpace(), store.getUsableSpace());
  }

  private FileChanges changes() {
    return new FileChanges(server.id(), Optional.of(revisions), new Progress());
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    switch (changes().delete(visible.locate(directory), /* threads= */ 0)) {
      case DONE -> {}
      case SKIPPED -> throw new NoSuchFileException(directory.toString());
      case FAILED ->
          throw new FileSystemException(directory.toString(), null, "something had to stay");
    }
  }

  @Override
  public boolean mayMove(Path from, Path to) throws IOException {
    return changes().mayMove(visible.locate(from), visible.locate(to));
  }

  @Override
  public Edit changing(Path file, boolean existing) {
    return existing ? history.changing(file) : Edit.UNRECORDED;
  }

  @Override
  public void removing(Path file) {
    history.removing(file);
  }

  @Override
  public void happened(FileEvent event) {
    switch (event) {
      case FileEvent.Created(Path file) -> record("create", file);
      case FileEvent.Written(Path file) -> record("write", file);
      case FileEvent.Read(Path file) -> {
        if (config.current().system().sftp().activity().logFileReads()) {
          record("read", file);
        }
      }
      case FileEvent.DirectoryCreated(Path directory) -> record("create-directory", directory);
      case FileEvent.Renamed(Path from, Path to) -> {
        history.renamed(from, to);
        record(
            "rename",
            JsonNodeFactory.instance.objectNode().put("from", name(from)).put("to", name(to)));
      }
      case FileEvent.Deleted(Path entry) -> {
        history.deleted(entry);
        record("delete", entry);
      }
    }
  }

  private void record(String event, Path file) {
    record(event, JsonNodeFactory.instance.textNode(name(file)));
  }

  private void record(String event, JsonNode file) {
    activity.add(member, "server:sftp." + event, file);
  }

  /// Relative to the root, as the activity log has it.
  private String name(Path path) {
    return root().relativize(path).toString();
  }
}
