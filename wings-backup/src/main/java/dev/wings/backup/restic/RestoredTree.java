package dev.wings.backup.restic;

import dev.wings.backup.driver.Restoration;
import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxAttributes;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.HashSet;
import java.util.Set;

/// Makes a tree that another program has written one of the server's: with the server's owner, no
/// more than the nine mode bits, no special files, and without what must not be restored.
final class RestoredTree {
  private static final int SPECIAL_BITS = 07000;
  private static final int DELETE_THREADS = 4;

  private final Restoration restoration;
  private final Progress progress;
  private final Path tree;
  private final Sandbox sandbox;
  private final Set<Object> counted = new HashSet<>(); // inodes with several names
  private final int uid;
  private final int gid;
  private long bytes;

  RestoredTree(Restoration restoration, Path tree) throws IOException {
    this.restoration = restoration;
    this.progress = restoration.progress();
    this.tree = tree;
    this.sandbox = (Sandbox) tree.getFileSystem();
    SandboxAttributes target = Files.readAttributes(restoration.target(), SandboxAttributes.class);
    this.uid = target.uid();
    this.gid = target.gid();
  }

  /// @throws dev.wings.fs.sandbox.DiskLimitException when it does not fit
  void settle() throws IOException {
    settle(tree);
    sandbox.requireSpace(bytes);
  }

  private void settle(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        progress.check();
        settleEntry(entry);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void settleEntry(Path entry) throws IOException {
    SandboxAttributes found =
        Files.readAttributes(entry, SandboxAttributes.class, LinkOption.NOFOLLOW_LINKS);
    String name = tree.relativize(entry).toString();
    Verdict verdict = restoration.filter().judge(name, found.isDirectory());
    if (verdict == Verdict.SKIP || (verdict == Verdict.DESCEND && !found.isDirectory())) {
      remove(entry, found);
      return;
    }
    if (found.isOther()) {
      restoration.trouble().accept(name + ": special files are not restored");
      remove(entry, found);
      return;
    }
    if (found.uid() != uid) {
      Files.setAttribute(entry, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    }
    if (found.gid() != gid) {
      Files.setAttribute(entry, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }
    if (!found.isSymbolicLink() && (found.mode() & SPECIAL_BITS) != 0) {
      Files.getFileAttributeView(entry, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(found.permissions());
    }
    if (found.isDirectory() || found.links() < 2 || counted.add(found.fileKey())) {
      bytes += found.allocatedBytes();
    }
    if (found.isDirectory()) {
      settle(entry);
      Files.setLastModifiedTime(entry, found.lastModifiedTime()); // as before anything was removed
    }
  }

  private void remove(Path entry, SandboxAttributes found) throws IOException {
    if (found.isDirectory()) {
      sandbox.deleteTree(entry, DELETE_THREADS, progress::cancelled);
    } else {
      Files.delete(entry);
    }
  }
}
