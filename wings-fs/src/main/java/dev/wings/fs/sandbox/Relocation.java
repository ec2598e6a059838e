package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Everything that changes names: delete, move, links. Each acts on one name in an opened parent
/// and never follows it.
final class Relocation {
  private Relocation() {}

  static void delete(SandboxPath path) throws IOException {
    try (Sandbox.Slot slot = path.sandbox().slot(path)) {
      Optional<FileStatus> before = status(slot);
      remove(slot);
      before.ifPresent(path.sandbox()::credit);
    }
  }

  /// Removes a name, of a directory only if that is empty.
  static void remove(Sandbox.Slot slot) throws LinuxException {
    try {
      TreeDelete.unlink(slot.parent(), slot.name());
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR)) {
        throw e;
      }
      TreeDelete.rmdir(slot.parent(), slot.name());
    }
  }

  static Optional<FileStatus> status(Sandbox.Slot slot) throws LinuxException {
    try {
      return Optional.of(Linux.statx(slot.parent(), slot.name()));
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  static void move(SandboxPath source, SandboxPath target, CopyOption... options)
      throws IOException {
    List<CopyOption> chosen = Arrays.asList(options);
    for (CopyOption option : chosen) {
      if (option == StandardCopyOption.COPY_ATTRIBUTES
          || !(option instanceof StandardCopyOption || option == LinkOption.NOFOLLOW_LINKS)) {
        throw new UnsupportedOperationException("option: " + option);
      }
    }
    try (Sandbox.Slot from = source.sandbox().slot(source);
        Sandbox.Slot to = target.sandbox().slot(target)) {
      if (chosen.contains(StandardCopyOption.ATOMIC_MOVE)) {
        replace(target.sandbox(), from, to);
      } else if (chosen.contains(StandardCopyOption.REPLACE_EXISTING)) {
        moveReplacing(target.sandbox(), from, to);
      } else {
        moveToFreeName(from, to);
      }
    } catch (LinuxException e) {
      boolean atomic = chosen.contains(StandardCopyOption.ATOMIC_MOVE);
      if (atomic || !e.is(Errno.EXDEV)) {
        throw e;
      }
      // another file system is mounted below the root
      Copy.acrossMounts(source, target, options);
    }
  }

  private static void replace(Sandbox sandbox, Sandbox.Slot from, Sandbox.Slot to)
      throws LinuxException {
    Optional<FileStatus> replaced = status(to);
    boolean sameInode =
        replaced.isPresent() && status(from).filter(replaced.get()::sameInode).isPresent();
    Linux.renameat(from.parent(), from.name(), to.parent(), to.name());
    if (!sameInode) {
      replaced.ifPresent(sandbox::credit);
    }
  }

  /// A file may take the place of an empty directory and the other way round, in two steps.
  private static void moveReplacing(Sandbox sandbox, Sandbox.Slot from, Sandbox.Slot to)
      throws LinuxException {
    try {
      replace(sandbox, from, to);
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      Optional<FileStatus> replaced = status(to);
      remove(to);
      replaced.ifPresent(sandbox::credit);
      Linux.renameatNoReplace(from.parent(), from.name(), to.parent(), to.name());
    }
  }

  private static void moveToFreeName(Sandbox.Slot from, Sandbox.Slot to) throws LinuxException {
    Optional<FileStatus> taken = status(to);
    if (taken.isPresent()) {
      if (status(from).filter(taken.get()::sameInode).isPresent()) {
        return; // onto itself, which is no error
      }
      throw new LinuxException("renameat2", Errno.EEXIST);
    }
    Linux.renameatNoReplace(from.parent(), from.name(), to.parent(), to.name());
  }

  /// Makes a second name for a file, both below the root. A link at the end of `existing` is not
  /// followed.
  static void createLink(SandboxPath link, SandboxPath existing) throws IOException {
    try (Sandbox.Slot from = existing.sandbox().slot(existing);
        Sandbox.Slot to = link.sandbox().slot(link)) {
      if (!status(from).map(FileStatus::isRegular).orElse(true)) {
        throw new FileSystemException(
            existing.toString(), link.toString(), "only a regular file can have a second name");
      }
      Linux.linkat(from.parent(), from.name(), to.parent(), to.name());
    }
  }

  /// Stores a link whose contents are relative and stay inside. An absolute target counts from the
  /// sandbox's root and is rewritten relative to the link.
  static void createSymbolicLink(SandboxPath link, SandboxPath target) throws IOException {
    SandboxPath directory = link.folded().parentOrRoot();
    byte[] contents =
        target.isAbsolute() ? directory.relativize(target.folded()).bytes() : target.bytes();
    storeLink(link, contents.length == 0 ? new byte[] {'.'} : contents);
  }

  /// @throws FileSystemException for contents that are absolute or climb out of the root
  static void storeLink(SandboxPath link, byte[] contents) throws IOException {
    SandboxPath target = SandboxPath.parse(link.sandbox(), contents);
    if (target.isAbsolute() || climbs(link.folded().parentOrRoot(), target)) {
      throw new FileSystemException(
          link.toString(), target.toString(), "a link must be relative and stay inside");
    }
    try (Sandbox.Slot slot = link.sandbox().slot(link)) {
      Linux.symlinkat(contents, slot.parent(), slot.name());
      boolean done = false;
      try {
        link.sandbox().ownership().give(slot.parent(), slot.name());
        done = true;
      } finally {
        if (!done) {
          Linux.unlinkat(slot.parent(), slot.name());
        }
      }
    }
  }

  private static boolean climbs(SandboxPath directory, SandboxPath target) {
    int depth = directory.getNameCount();
    for (int i = 0; i < target.getNameCount(); i++) {
      String name = target.getName(i).toString();
      if (name.equals("..")) {
        depth--;
      } else if (!name.equals(".") && !name.isEmpty()) {
        depth++;
      }
      if (depth < 0) {
        return true;
      }
    }
    return false;
  }
}
