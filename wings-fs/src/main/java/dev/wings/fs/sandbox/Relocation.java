package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
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
      remove(slot, path);
    }
  }

  /// Removes a name, of a directory only if that is empty, and gives the space back.
  static void remove(Sandbox.Slot slot, SandboxPath path) throws IOException {
    try {
      path.sandbox().unlink(slot, path);
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR)) {
        throw e;
      }
      path.sandbox().rmdir(slot, path);
    }
  }

  static Optional<FileStatus> status(Sandbox.Slot slot) throws LinuxException {
    return status(slot.parent(), slot.name());
  }

  static Optional<FileStatus> status(Descriptor parent, byte[] name) throws LinuxException {
    try {
      return Optional.of(Linux.statx(parent, name));
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
    try (Move move = new Move(source, target)) {
      if (chosen.contains(StandardCopyOption.ATOMIC_MOVE)) {
        move.replacing();
      } else if (chosen.contains(StandardCopyOption.REPLACE_EXISTING)) {
        move.replacingAnyKind();
      } else {
        move.toFreeName();
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

  /// Makes a second name for a file, both below the root. A link at the end of `existing` is not
  /// followed.
  static void createLink(SandboxPath link, SandboxPath existing) throws IOException {
    try (Sandbox.Slot from = existing.sandbox().slot(existing);
        Sandbox.Slot to = link.sandbox().slot(link)) {
      if (!status(from).map(FileStatus::isRegular).orElse(true)) {
        throw new FileSystemException(
            existing.toString(), link.toString(), "only a regular file can have a second name");
      }
      link.sandbox().ledger().link(from, to);
      count(to, link, /* physical= */ false);
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
    storeAnyLink(link, contents);
  }

  /// The same with contents that may lead anywhere, which nobody follows here.
  static void storeAnyLink(SandboxPath link, byte[] contents) throws IOException {
    try (Sandbox.Slot slot = link.sandbox().slot(link)) {
      SpaceLedger ledger = link.sandbox().ledger();
      try (SpaceLedger.Hold hold = ledger.holdAll()) {
        Linux.symlinkat(contents, slot.parent(), slot.name());
        boolean done = false;
        try {
          link.sandbox().ownership().give(slot.parent(), slot.name());
          count(slot, link, /* physical= */ true);
          done = true;
        } finally {
          if (!done) {
            Linux.unlinkat(slot.parent(), slot.name());
          }
        }
      }
    }
  }

  /// Counts an entry that was just made.
  ///
  /// @param physical its blocks count as well
  private static void count(Sandbox.Slot slot, SandboxPath path, boolean physical)
      throws IOException {
    SpaceGate gate = path.sandbox().options().gate();
    if (path.sandbox().ledger().idle()) {
      return;
    }
    byte[] directory = path.sandbox().directory(slot, path).resolvable();
    FileStatus status = Linux.statx(slot.parent(), slot.name());
    long blocks = physical ? status.allocatedBytes() : 0;
    if (blocks > 0) {
      gate.reserve(blocks, 0);
    }
    gate.settle(directory, blocks, status.size(), blocks);
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
