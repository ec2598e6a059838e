package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Links, second names, and what a path comes to when links are followed.
final class LinkRequests {
  private final FileTree tree;
  private final ClientPaths paths;
  private final Attributes attributes;
  private @Nullable Path realRoot;

  LinkRequests(FileTree tree, ClientPaths paths, Attributes attributes) {
    this.tree = tree;
    this.paths = paths;
    this.attributes = attributes;
  }

  /// Answers everybody, with what the path says where the files may not be asked.
  ByteBuffer realpath(int id, Fields in) throws IOException {
    return Reply.name(id, canonical(in.string()));
  }

  /// `~` is the root.
  ByteBuffer expandPath(int id, Fields in) throws IOException {
    byte[] path = in.string();
    boolean home = path.length > 0 && path[0] == '~' && (path.length == 1 || path[1] == '/');
    if (home) {
      path[0] = '/';
    }
    return Reply.name(id, canonical(path));
  }

  private byte[] canonical(byte[] name) throws StatusException {
    Path path;
    try {
      path = paths.any(name);
    } catch (InvalidPathException e) { // nothing can have that name
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    if (paths.isRoot(path) || !tree.accessible()) {
      return paths.client(path);
    }
    try {
      return paths.client(paths.hidden(path) ? path : real(path));
    } catch (IOException e) { // not there, or leads nowhere
      return paths.client(path);
    }
  }

  /// @throws NoSuchFileException for what is outside
  private Path real(Path path) throws IOException {
    Path real = path.toRealPath();
    Path root = realRoot;
    if (root == null) {
      root = tree.root().toRealPath();
      realRoot = root;
    }
    if (!real.startsWith(root)) {
      throw new NoSuchFileException(path.toString());
    }
    return real.equals(root) ? tree.root() : tree.root().resolve(root.relativize(real));
  }

  /// What a link holds, if it leads to something inside.
  ByteBuffer readlink(int id, Fields in) throws IOException {
    Path path = paths.visible(in.string());
    Path contents = Files.readSymbolicLink(path);
    Path target = real(path);
    return Reply.name(id, contents.isAbsolute() ? paths.client(target) : tree.bytes(contents));
  }

  /// In the order of OpenSSH: what the link shall lead to, then the link (`sftp.md` 10.2). A
  /// relative target counts from the directory of the link.
  ByteBuffer symlink(int id, Fields in) throws IOException {
    byte[] contents = in.string();
    Path link = paths.visible(in.string());
    Path parent = link.getParent();
    if (paths.isRoot(link) || parent == null) {
      throw new StatusException(Status.FAILURE);
    }
    Path directory = real(parent); // ".." counts from there
    Path target = paths.visible(fromRoot(contents, directory));
    if (target.equals(link) || !attributes.followed(target).isRegularFile()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    Files.createSymbolicLink(link, directory.relativize(target));
    tree.happened(new FileEvent.Created(link));
    return Reply.status(id, Status.OK);
  }

  private byte[] fromRoot(byte[] contents, Path directory) {
    if (contents.length > 0 && contents[0] == '/') {
      return contents;
    }
    byte[] front = paths.client(directory);
    byte[] result = new byte[front.length + 1 + contents.length];
    System.arraycopy(front, 0, result, 0, front.length);
    result[front.length] = '/';
    System.arraycopy(contents, 0, result, front.length + 1, contents.length);
    return result;
  }

  ByteBuffer hardlink(int id, Fields in) throws IOException {
    Path existing = paths.visible(in.string());
    Path link = paths.visible(in.string());
    if (!attributes.own(existing).isRegularFile()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    Files.createLink(link, existing);
    tree.happened(new FileEvent.Created(link));
    return Reply.status(id, Status.OK);
  }
}
