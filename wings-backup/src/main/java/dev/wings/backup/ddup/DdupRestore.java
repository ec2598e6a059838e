package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Restoration;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Writes an archive into an empty directory (`backups.md` 9, 17). The calling thread makes
/// directories and links, others the files. Directories get their modes and times at the end; what
/// they are to be is in a file without a name until then.
final class DdupRestore {
  private static final int BUFFER_BYTES = 128 << 10;
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private final DdupArchive archive;
  private final ChunkNames names;
  private final Repository repository;
  private final Restoration restoration;
  private final Progress progress;
  private final List<Level> levels = new ArrayList<>(); // by depth, the target first

  /// A directory that is being filled.
  private static final class Level {
    private final Path path;

    /// Path from the target, with a slash at the end but for the target itself.
    private final String relative;

    private boolean made;

    /// Nothing is written into it: hidden, or it could not be made.
    private final boolean left;

    Level(Path path, String relative, boolean made, boolean left) {
      this.path = path;
      this.relative = relative;
      this.made = made;
      this.left = left;
    }
  }

  DdupRestore(
      DdupArchive archive, ChunkNames names, Repository repository, Restoration restoration) {
    this.archive = archive;
    this.names = names;
    this.repository = repository;
    this.restoration = restoration;
    this.progress = restoration.progress();
  }

  void run(int threads) throws IOException {
    progress.expect(Scan.size(archive, progress));
    levels.add(new Level(restoration.target(), "", true, false));
    try (FileChannel list = EntrySpool.unnamed(repository.scratch());
        DataOutputStream directories =
            new DataOutputStream(
                new BufferedOutputStream(Channels.newOutputStream(list), BUFFER_BYTES))) {
      try (Workers<ChunkReader> workers =
          new Workers<>(threads, () -> new ChunkReader(repository.chunks()), progress)) {
        Scan.entries(archive, progress, entry -> restore(entry, directories, workers));
        workers.finish();
      }
      directories.flush();
      list.position(0);
      finish(
          new DataInputStream(
              new BufferedInputStream(Channels.newInputStream(list), BUFFER_BYTES)));
    }
  }

  private void restore(
      ArchiveEntry entry, DataOutputStream directories, Workers<ChunkReader> workers)
      throws IOException {
    while (levels.size() > entry.depth()) {
      levels.removeLast();
    }
    Level parent = levels.getLast();
    String relative = parent.relative + entry.text();
    Verdict verdict = parent.left ? Verdict.SKIP : judge(relative, entry.directory());
    if (entry.directory()) {
      directory(entry, parent, relative, verdict, directories);
    } else if (verdict == Verdict.KEEP && made(parent)) {
      Path path = child(parent.path, entry.name());
      if (entry.type() == ArchiveEntry.Type.LINK) {
        link(entry, path, relative);
      } else {
        workers.submit(reader -> file(entry, path, relative, reader));
      }
    }
  }

  private Verdict judge(String relative, boolean directory) {
    PathFilter filter = restoration.filter();
    return filter.equals(PathFilter.NONE) ? Verdict.KEEP : filter.judge(relative, directory);
  }

  private static Path child(Path parent, byte[] name) {
    return parent.getFileSystem() instanceof Sandbox sandbox
        ? parent.resolve(sandbox.pathOf(name))
        : parent.resolve(NameCodec.decode(name));
  }

  private void directory(
      ArchiveEntry entry,
      Level parent,
      String relative,
      Verdict verdict,
      DataOutputStream directories)
      throws IOException {
    Path path = child(parent.path, entry.name());
    boolean keep = verdict == Verdict.KEEP;
    boolean made = keep && made(parent) && make(path, relative);
    boolean left = verdict == Verdict.SKIP || (keep && !made);
    levels.add(new Level(path, relative + "/", made, left));
    if (made) {
      byte[] bytes = NameCodec.encode(relative);
      directories.writeInt(bytes.length);
      directories.write(bytes);
      directories.writeShort(entry.mode());
      directories.writeLong(entry.time().getEpochSecond());
      progress.addFile();
    }
  }

  /// Makes the hidden directories above something that is not hidden.
  private boolean made(Level level) throws IOException {
    if (!level.made && !level.left) {
      Level above = levels.get(levels.indexOf(level) - 1);
      level.made = made(above) && make(level.path, level.relative);
    }
    return level.made;
  }

  private boolean make(Path path, String relative) throws IOException {
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        return true;
      }
      trouble(relative, e);
      return false;
    } catch (IOException e) {
      trouble(relative, e);
      return false;
    }
  }

  private void link(ArchiveEntry entry, Path path, String relative) throws IOException {
    try {
      if (path.getFileSystem() instanceof Sandbox sandbox) {
        sandbox.restoreLink(path, entry.target());
      } else {
        Files.createSymbolicLink(
            path, path.getFileSystem().getPath(new String(entry.target(), StandardCharsets.UTF_8)));
      }
      time(path, entry.time());
      progress.addFile();
    } catch (IOException e) {
      trouble(relative, e);
    } catch (IllegalArgumentException impossible) { // no such contents on this system
      restoration.trouble().accept(relative + ": " + impossible.getMessage());
    }
  }

  private static void time(Path path, Instant time) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(time), null, null);
  }

  private void file(ArchiveEntry entry, Path path, String relative, ChunkReader reader)
      throws IOException {
    boolean opened = false;
    boolean done = false;
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(permissions(entry.mode())))) {
      opened = true;
      write(entry, channel, relative, reader);
      done = true;
    } catch (IOException e) {
      trouble(relative, e);
    } finally {
      if (opened && !done) {
        Files.deleteIfExists(path);
      }
    }
    if (done) {
      attributes(path, entry.mode(), entry.time());
      progress.addFile();
      restoration.file().accept(relative);
    }
  }

  private void write(
      ArchiveEntry entry, SeekableByteChannel channel, String relative, ChunkReader reader)
      throws IOException {
    try (FileContent content = new FileContent(archive, names, reader, entry)) {
      byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, entry.size())];
      for (int read = content.read(buffer); read > 0; read = content.read(buffer)) {
        progress.check();
        restoration.pace().took(read, progress);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        progress.addBytes(read);
      }
      if (content.padded()) {
        restoration.trouble().accept(relative + ": the backup has less of it than its size");
      }
    }
  }

  private static void attributes(Path path, int mode, Instant time) throws IOException {
    Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setPermissions(permissions(mode));
    time(path, time);
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

  private void finish(DataInputStream directories) throws IOException {
    for (int length = length(directories); length >= 0; length = length(directories)) {
      progress.check();
      byte[] relative = directories.readNBytes(length);
      int mode = directories.readUnsignedShort();
      Instant time = Instant.ofEpochSecond(directories.readLong());
      Path path = child(restoration.target(), relative);
      try {
        attributes(path, mode, time);
      } catch (IOException e) {
        trouble(NameCodec.decode(relative), e);
      }
    }
  }

  private static int length(DataInputStream in) throws IOException {
    int first = in.read();
    return first < 0 ? -1 : first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
  }

  /// Reports an entry that is left out.
  ///
  /// @throws IOException when no other entry would fare better
  private void trouble(String relative, IOException failure) throws IOException {
    if (failure instanceof DiskLimitException || full(failure)) {
      throw failure;
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new OperationAbortedException();
    }
    String reason =
        failure instanceof DamagedBackupException
            ? failure.getMessage()
            : failure instanceof FileSystemException f && f.getReason() != null
                ? f.getReason()
                : failure.getClass().getSimpleName();
    restoration.trouble().accept(relative + ": " + reason);
  }

  private static boolean full(IOException failure) {
    if (failure instanceof LinuxException e) {
      return e.is(Errno.ENOSPC) || e.is(Errno.EDQUOT);
    }
    String text = String.valueOf(failure.getMessage());
    return text.contains("No space left on device") || text.contains("Disk quota exceeded");
  }
}
