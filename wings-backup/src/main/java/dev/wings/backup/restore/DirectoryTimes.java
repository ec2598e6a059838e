package dev.wings.backup.restore;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxAttributes;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/// The modes and times of the directories of a tree in a file, which moving their entries would
/// change.
final class DirectoryTimes {
  private static final int MAX_PATH_BYTES = 1 << 20;
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private DirectoryTimes() {}

  /// Lists all directories below one.
  static void write(Path file, Path tree) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      write(out, tree, tree);
    }
  }

  private static void write(DataOutputStream out, Path tree, Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        SandboxAttributes found =
            Files.readAttributes(entry, SandboxAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (found.isDirectory()) {
          byte[] path = Sandbox.bytesOf(tree.relativize(entry));
          out.writeInt(path.length);
          out.write(path);
          out.writeShort(found.mode() & 0777);
          Instant modified = found.status().modified();
          out.writeLong(modified.getEpochSecond());
          out.writeInt(modified.getNano());
          write(out, tree, entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /// Gives the directories of a tree what the list says.
  static void apply(Path file, Path tree) throws IOException {
    Sandbox sandbox = (Sandbox) tree.getFileSystem();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      while (true) {
        int length;
        try {
          length = in.readInt();
        } catch (EOFException end) {
          return;
        }
        if (length < 1 || length > MAX_PATH_BYTES) {
          throw new IOException("the list of directories is damaged");
        }
        byte[] path = requireNonNull(in.readNBytes(length));
        int mode = in.readUnsignedShort();
        Instant modified = Instant.ofEpochSecond(in.readLong(), in.readInt());
        apply(tree.resolve(sandbox.pathOf(path)), mode, modified);
      }
    } catch (NoSuchFileException none) {
      // a tree without a list: nothing to set
    }
  }

  private static void apply(Path directory, int mode, Instant modified) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.getFileAttributeView(directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setPermissions(permissions(mode));
    Files.getFileAttributeView(directory, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(modified), null, null);
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> result = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < PERMISSIONS.length; i++) { // from the owner's r down to the others' x
      if ((mode & 0400 >> i) != 0) {
        result.add(PERMISSIONS[i]);
      }
    }
    return result;
  }
}
