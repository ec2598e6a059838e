package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/// Looking at entries, changing their attributes, making, moving and removing them.
final class EntryRequests {
  private static final int ATTRS = 105;

  private final FileTree tree;
  private final ClientPaths paths;
  private final Attributes attributes;
  private final Handles handles;
  private final FileRequests files;

  EntryRequests(
      FileTree tree,
      ClientPaths paths,
      Attributes attributes,
      Handles handles,
      FileRequests files) {
    this.tree = tree;
    this.paths = paths;
    this.attributes = attributes;
    this.handles = handles;
    this.files = files;
  }

  private static ByteBuffer attributes(int id, Attributes.Entry entry) {
    Reply reply = Reply.of(ATTRS, id, 4 + 1 + 4 + 32);
    entry.write(reply);
    return reply.packet();
  }

  ByteBuffer stat(int id, Fields in) throws IOException {
    return attributes(id, attributes.of(paths.visible(in.string())));
  }

  ByteBuffer lstat(int id, Fields in) throws IOException {
    return attributes(id, attributes.ofEntry(paths.visible(in.string())));
  }

  ByteBuffer fstat(int id, Fields in) throws IOException {
    return attributes(id, attributes.of(visible(handles.find(in.string()).path())));
  }

  /// The path of a handle, which may have become hidden since.
  private Path visible(Path path) throws IOException {
    if (paths.hidden(path)) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    return path;
  }

  ByteBuffer setstat(int id, Fields in) throws IOException {
    byte[] name = in.string();
    Attributes.Wish wish = Attributes.read(in);
    Path path = paths.visible(name);
    refuseRoot(path, Status.NO_SUCH_FILE);
    if (wish.size().isPresent()) {
      files.resize(path, wish.size().getAsLong());
    }
    return apply(id, wish, path);
  }

  ByteBuffer fsetstat(int id, Fields in) throws IOException {
    byte[] handle = in.string();
    Attributes.Wish wish = Attributes.read(in);
    Handle opened = handles.find(handle);
    Path path = visible(opened.path());
    refuseRoot(path, Status.NO_SUCH_FILE);
    if (wish.size().isPresent()) {
      files.resize(opened, wish.size().getAsLong());
    }
    return apply(id, wish, path);
  }

  private ByteBuffer apply(int id, Attributes.Wish wish, Path path) throws IOException {
    if (wish.isEmpty()) {
      attributes.followed(path); // it has to be there all the same
    }
    attributes.apply(wish, path);
    return Reply.status(id, Status.OK);
  }

  ByteBuffer lsetstat(int id, Fields in) throws IOException {
    byte[] name = in.string();
    Attributes.Wish wish = Attributes.read(in);
    Path path = paths.visible(name);
    refuseRoot(path, Status.NO_SUCH_FILE);
    if (attributes.own(path).isSymbolicLink() && wish.permissions().isPresent()) {
      throw new StatusException(Status.FAILURE); // has none; not every file system refuses it
    }
    attributes.applyToEntry(wish, path);
    return Reply.status(id, Status.OK);
  }

  private void refuseRoot(Path path, Status status) throws StatusException {
    if (paths.isRoot(path)) {
      throw new StatusException(status);
    }
  }

  /// Removes a link itself, never what it leads to. A file that is not there is no error, since
  /// clients repeat the request.
  ByteBuffer remove(int id, Fields in) throws IOException {
    Path path = paths.visible(in.string());
    Optional<BasicFileAttributes> found = find(path);
    if (found.isEmpty()) {
      return Reply.status(id, Status.OK);
    }
    if (found.get().isDirectory()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    tree.removing(path);
    if (Files.deleteIfExists(path)) {
      tree.happened(new FileEvent.Deleted(path));
    }
    return Reply.status(id, Status.OK);
  }

  private Optional<BasicFileAttributes> find(Path path) throws IOException {
    try {
      return Optional.of(attributes.own(path));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  ByteBuffer mkdir(int id, Fields in) throws IOException {
    byte[] name = in.string();
    Attributes.Wish wish = Attributes.read(in);
    Path path = paths.visible(name);
    try {
      Files.createDirectory(path);
    } catch (FileAlreadyExistsException e) { // of whatever kind
      return Reply.status(id, Status.OK);
    }
    try {
      attributes.applyPermissions(wish.forNewDirectory(), path);
    } catch (IOException e) {
      return Reply.status(id, Status.FAILURE);
    } finally {
      tree.happened(new FileEvent.DirectoryCreated(path));
    }
    return Reply.status(id, Status.OK);
  }

  /// Removes a directory with all that is in it.
  ByteBuffer rmdir(int id, Fields in) throws IOException {
    Path path = paths.visible(in.string());
    refuseRoot(path, Status.FAILURE);
    if (!attributes.own(path).isDirectory()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    tree.deleteTree(path);
    tree.happened(new FileEvent.Deleted(path));
    return Reply.status(id, Status.OK);
  }

  ByteBuffer rename(int id, Fields in) throws IOException {
    Path from = forRename(in.string());
    Path to = forRename(in.string());
    attributes.own(from);
    if (find(to).isPresent()) {
      throw new StatusException(Status.FAILURE);
    }
    return move(id, from, to);
  }

  ByteBuffer posixRename(int id, Fields in) throws IOException {
    Path from = forRename(in.string());
    Path to = forRename(in.string());
    attributes.own(from);
    return move(id, from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path forRename(byte[] name) throws IOException {
    Path path = paths.any(name);
    if (paths.hidden(path)) {
      throw new StatusException(Status.FAILURE);
    }
    refuseRoot(path, Status.NO_SUCH_FILE);
    return path;
  }

  private ByteBuffer move(int id, Path from, Path to, CopyOption... options) throws IOException {
    if (!tree.mayMove(from, to)) {
      throw new StatusException(Status.FAILURE);
    }
    makeParents(to);
    try {
      Files.move(from, to, options);
    } catch (AtomicMoveNotSupportedException e) { // another file system below the root
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
    tree.happened(new FileEvent.Renamed(from, to));
    return Reply.status(id, Status.OK);
  }

  /// Whoever may create gets the directories that are missing above a new name.
  private void makeParents(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent != null && tree.allows(FileRight.CREATE) && !Files.isDirectory(parent)) {
      Files.createDirectories(parent);
    }
  }
}
