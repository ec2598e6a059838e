package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Copies one entry. A file is written under a staging name and renamed into place, so that a copy
/// that fails leaves the old target, or none.
final class Copy {
  private static final int RWX_BITS = 0777;

  private Copy() {}

  static void copy(SandboxPath source, SandboxPath target, CopyOption... options)
      throws IOException {
    List<CopyOption> chosen = Arrays.asList(options);
    for (CopyOption option : chosen) {
      if (option == StandardCopyOption.ATOMIC_MOVE
          || !(option instanceof StandardCopyOption || option == LinkOption.NOFOLLOW_LINKS)) {
        throw new UnsupportedOperationException("option: " + option);
      }
    }
    boolean replace = chosen.contains(StandardCopyOption.REPLACE_EXISTING);
    boolean follow = !chosen.contains(LinkOption.NOFOLLOW_LINKS);
    try (Descriptor from = source.sandbox().resolve(source, Attributes.pathFlags(follow))) {
      FileStatus status = Linux.statx(from);
      if (refersToSame(status, target)) {
        return; // onto itself, which is no error
      }
      switch (status.type()) {
        case REGULAR -> copyFile(source, target, status, replace, follow);
        case DIRECTORY -> {
          clearWay(target, replace);
          new FileOpener(target.sandbox()).createDirectory(target, RWX_BITS);
          Attributes.setPermissions(target, status.mode(), /* follow= */ false);
        }
        case SYMLINK -> {
          clearWay(target, replace);
          Relocation.storeLink(target, Linux.readlinkat(from));
        }
        case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN ->
            throw new FileSystemException(source.toString(), null, "is not a regular file");
      }
      if (chosen.contains(StandardCopyOption.COPY_ATTRIBUTES)
          && status.type() != EntryType.SYMLINK) {
        copyTimes(status, target);
      }
    }
  }

  private static boolean refersToSame(FileStatus source, SandboxPath target) throws IOException {
    try (Sandbox.Slot slot = target.sandbox().slot(target)) {
      return Relocation.status(slot).filter(source::sameInode).isPresent();
    }
  }

  private static void copyTimes(FileStatus status, SandboxPath target) throws IOException {
    Attributes.setTimes(
        target,
        Optional.of(FileTime.from(status.modified())),
        Optional.of(FileTime.from(status.accessed())));
  }

  private static void clearWay(SandboxPath target, boolean replace) throws IOException {
    try (Sandbox.Slot slot = target.sandbox().slot(target)) {
      Optional<FileStatus> existing = Relocation.status(slot);
      if (existing.isEmpty()) {
        return;
      }
      if (!replace) {
        throw new LinuxException("copy", Errno.EEXIST);
      }
      Relocation.remove(slot, target);
    }
  }

  private static void copyFile(
      SandboxPath source, SandboxPath target, FileStatus status, boolean replace, boolean follow)
      throws IOException {
    FileOpener opener = new FileOpener(target.sandbox());
    OpenRequest reading =
        OpenRequest.of(
            follow
                ? Set.of(StandardOpenOption.READ)
                : Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    OpenRequest creating =
        OpenRequest.of(Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    if (!replace) {
      requireFree(target);
    }
    SandboxPath staging =
        target
            .folded()
            .parentOrRoot()
            .resolve(target.sandbox().getPath(Sandbox.STAGING_PREFIX + UUID.randomUUID()));
    boolean done = false;
    try (FileChannel in = opener.open(source, reading, 0);
        FileChannel out = opener.open(staging, creating, status.mode() & RWX_BITS)) {
      long position = 0;
      for (long moved = 1; moved > 0; position += moved) {
        moved = out.transferFrom(in, position, Long.MAX_VALUE - position);
      }
      Attributes.setPermissions(staging, status.mode(), /* follow= */ false);
      CopyOption[] options =
          replace ? new CopyOption[] {StandardCopyOption.REPLACE_EXISTING} : new CopyOption[] {};
      Relocation.move(staging, target, options);
      done = true;
    } finally {
      if (!done) {
        removeStaging(staging);
      }
    }
  }

  private static void requireFree(SandboxPath target) throws IOException {
    try (Sandbox.Slot slot = target.sandbox().slot(target)) {
      if (Relocation.status(slot).isPresent()) {
        throw new LinuxException("copy", Errno.EEXIST);
      }
    }
  }

  private static void removeStaging(SandboxPath staging) throws IOException {
    try {
      Relocation.delete(staging);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /// A move where rename(2) cannot help.
  static void acrossMounts(SandboxPath source, SandboxPath target, CopyOption... options)
      throws IOException {
    List<CopyOption> chosen = Arrays.asList(options);
    boolean replace = chosen.contains(StandardCopyOption.REPLACE_EXISTING);
    if (Attributes.read(source, /* follow= */ false).isDirectory()) {
      throw new LinuxException("move of a directory to another file system", Errno.EXDEV);
    }
    CopyOption[] copying =
        replace
            ? new CopyOption[] {
              LinkOption.NOFOLLOW_LINKS,
              StandardCopyOption.COPY_ATTRIBUTES,
              StandardCopyOption.REPLACE_EXISTING
            }
            : new CopyOption[] {LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES};
    copy(source, target, copying);
    Relocation.delete(source);
  }
}
