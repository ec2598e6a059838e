package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.wings.sftp.files.Edit;
import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.files.PlainTree;
import dev.wings.sftp.files.Space;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/// A real directory whose rights, hidden entries and threads a test decides about, and which keeps
/// what it was told. For tests whose work runs on one thread.
final class FakeTree implements FileTree {
  private final PlainTree files;
  volatile boolean accessible = true;
  volatile boolean refusing;
  boolean broken;
  final Set<FileRight> rights = EnumSet.allOf(FileRight.class);
  final Set<Path> hidden = new HashSet<>();
  final List<FileEvent> events = new ArrayList<>();
  final List<String> edits = new ArrayList<>();
  final List<Path> owned = new ArrayList<>();
  int longWork;
  int looks;

  /// Names are kept byte by byte.
  boolean namesAreBytes;

  Space space = new Space(1 << 20, 1 << 19);

  FakeTree(Path root, Executor threads) throws IOException {
    files = new PlainTree(root, threads);
  }

  @Override
  public Path root() {
    return files.root();
  }

  @Override
  public Path path(byte[] names) {
    return namesAreBytes
        ? root().getFileSystem().getPath(new String(names, ISO_8859_1))
        : files.path(names);
  }

  @Override
  public byte[] bytes(Path path) {
    return namesAreBytes ? path.toString().getBytes(ISO_8859_1) : files.bytes(path);
  }

  @Override
  public boolean accessible() {
    return accessible;
  }

  @Override
  public boolean allows(FileRight right) {
    return rights.contains(right);
  }

  @Override
  public boolean hidden(Path path) throws IOException {
    looks++;
    for (Path at = path; at != null; at = at.getParent()) {
      if (hidden.contains(at)) {
        return true;
      }
    }
    return files.hidden(path);
  }

  @Override
  public void execute(Runnable work) {
    if (refusing) {
      throw new RejectedExecutionException("no thread");
    }
    files.execute(work);
  }

  @Override
  public void executeLong(Runnable work) {
    longWork++;
    execute(work);
  }

  @Override
  public Space space() {
    if (broken) {
      throw new IllegalStateException("broken");
    }
    return space;
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    files.deleteTree(directory);
  }

  @Override
  public Edit changing(Path file, boolean existing) {
    Path name = file.getFileName();
    edits.add("begin " + name + (existing ? " existing" : " new"));
    return written -> edits.add("end " + name + (written ? " written" : " untouched"));
  }

  @Override
  public void own(Path file) {
    owned.add(file);
  }

  @Override
  public void happened(FileEvent event) {
    events.add(event);
  }
}
