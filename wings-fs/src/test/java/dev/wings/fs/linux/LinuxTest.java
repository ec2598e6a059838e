package dev.wings.fs.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each system call against what the JDK sees.
class LinuxTest {
  @TempDir private Path host;
  private Descriptor directory;

  @BeforeEach
  void open() throws IOException {
    directory = Linux.open(host.toString(), Linux.O_PATH | Linux.oDirectory());
  }

  @AfterEach
  void close() throws IOException {
    directory.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private static byte[] bytes(String name) {
    return name.getBytes(UTF_8);
  }

  private Object unix(String name, String attribute) throws IOException {
    return Files.getAttribute(host.resolve(name), "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
  }

  private static void fails(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno));
  }

  @Test
  void openat2StaysBeneath() throws IOException {
    Files.createDirectories(host.resolve("a/b"));
    Files.writeString(host.resolve("a/b/file"), "x");
    Files.createSymbolicLink(host.resolve("abs"), Path.of("/etc"));
    Files.createSymbolicLink(host.resolve("in"), Path.of("a/b"));

    Linux.openat2(directory, bytes("in/file"), Linux.O_RDONLY, 0).close();
    Linux.openat2(directory, bytes("a/b/new"), Linux.O_CREAT | Linux.O_WRONLY, 0640).close();

    assertThat(host.resolve("a/b/new")).exists();
    fails(Errno.EXDEV, () -> Linux.openat2(directory, bytes("../x"), Linux.O_PATH, 0));
    fails(Errno.EXDEV, () -> Linux.openat2(directory, bytes("/etc"), Linux.O_PATH, 0));
    fails(Errno.EXDEV, () -> Linux.openat2(directory, bytes("abs/passwd"), Linux.O_PATH, 0));
    fails(Errno.ENOENT, () -> Linux.openat2(directory, bytes("none"), Linux.O_PATH, 0));
  }

  @Test
  void openatKnowsTheArchitecturesFlags() throws IOException {
    Files.createSymbolicLink(host.resolve("link"), Path.of("."));
    Files.createFile(host.resolve("file"));

    fails(Errno.ELOOP, () -> Linux.openat(directory, bytes("link"), Linux.oNofollow(), 0));
    fails(Errno.ENOTDIR, () -> Linux.openat(directory, bytes("file"), Linux.oDirectory(), 0));
    fails(
        Errno.EEXIST,
        () -> Linux.openat(directory, bytes("file"), Linux.O_CREAT | Linux.O_EXCL, 0600));
  }

  @Test
  void namesWithNulAreRefused() {
    fails(Errno.EINVAL, () -> Linux.openat(directory, bytes("a\0b"), Linux.O_PATH, 0));
    fails(Errno.EINVAL, () -> Linux.mkdirat(directory, bytes("\0"), 0700));
  }

  @Test
  void mkdiratAndUnlinkat() throws IOException {
    Linux.mkdirat(directory, bytes("dir"), 0750);
    Files.createFile(host.resolve("dir/file"));

    assertThat((int) unix("dir", "mode") & 0777).isEqualTo(0750);
    fails(Errno.EISDIR, () -> Linux.unlinkat(directory, bytes("dir")));
    fails(Errno.ENOTEMPTY, () -> Linux.rmdirat(directory, bytes("dir")));
    Files.delete(host.resolve("dir/file"));
    Linux.rmdirat(directory, bytes("dir"));
    fails(Errno.ENOENT, () -> Linux.unlinkat(directory, bytes("dir")));
  }

  @Test
  void renameatAndItsVariants() throws IOException {
    Files.writeString(host.resolve("a"), "a");
    Files.writeString(host.resolve("b"), "b");

    fails(
        Errno.EEXIST, () -> Linux.renameatNoReplace(directory, bytes("a"), directory, bytes("b")));
    Linux.renameatExchange(directory, bytes("a"), directory, bytes("b"));
    assertThat(host.resolve("a")).hasContent("b");
    Linux.renameat(directory, bytes("a"), directory, bytes("b"));
    assertThat(host.resolve("b")).hasContent("b");
    Linux.renameatNoReplace(directory, bytes("b"), directory, bytes("c"));
    assertThat(host.resolve("c")).hasContent("b");
  }

  @Test
  void linkatSymlinkatReadlinkat() throws IOException {
    Files.writeString(host.resolve("file"), "x");

    Linux.symlinkat(bytes("somewhere/é"), directory, bytes("link"));
    Linux.linkat(directory, bytes("link"), directory, bytes("second"));

    assertThat(Linux.readlinkat(directory, bytes("second"))).isEqualTo(bytes("somewhere/é"));
    try (Descriptor link =
        Linux.openat(directory, bytes("link"), Linux.O_PATH | Linux.oNofollow(), 0)) {
      assertThat(Linux.readlinkat(link)).isEqualTo(bytes("somewhere/é"));
    }
    assertThat(unix("link", "nlink")).isEqualTo(2);
    fails(Errno.EINVAL, () -> Linux.readlinkat(directory, bytes("file")));
  }

  @Test
  void pathOfADescriptor() throws IOException {
    assertThat(Linux.path(directory)).isEqualTo(bytes(host.toRealPath().toString()));
  }

  @Test
  void fchmodAndFchmodatActOnTheDescriptor() throws IOException {
    Files.createFile(host.resolve("file"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("file"));

    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_RDONLY, 0)) {
      Linux.fchmod(file, 0604);
    }
    assertThat((int) unix("file", "mode") & 0777).isEqualTo(0604);
    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_PATH, 0)) {
      Files.move(host.resolve("file"), host.resolve("moved"));
      Linux.fchmodat(file, 0640);
    }
    assertThat((int) unix("moved", "mode") & 0777).isEqualTo(0640);
    try (Descriptor link =
        Linux.openat(directory, bytes("link"), Linux.O_PATH | Linux.oNofollow(), 0)) {
      fails(Errno.EOPNOTSUPP, () -> Linux.fchmodat(link, 0600));
    }
  }

  @Test
  void fchownatNeverFollows() throws IOException {
    assumeTrue(unix("", "uid").equals(0), "runs as root");
    Files.createFile(host.resolve("file"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("file"));

    Linux.fchownat(directory, bytes("link"), 11, Linux.UNCHANGED);
    try (Descriptor link =
        Linux.openat(directory, bytes("link"), Linux.O_PATH | Linux.oNofollow(), 0)) {
      Linux.fchownat(link, Linux.UNCHANGED, 12);
    }

    assertThat(unix("link", "uid")).isEqualTo(11);
    assertThat(unix("link", "gid")).isEqualTo(12);
    assertThat(unix("file", "uid")).isEqualTo(0);
    assertThat(unix("file", "gid")).isEqualTo(0);
  }

  @Test
  void utimensatNeverFollowsAndKeepsAbsentTimes() throws IOException {
    Instant time = Instant.parse("1999-12-31T23:59:59.123456789Z");
    Files.createFile(host.resolve("file"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("file"));
    Object before = unix("file", "lastModifiedTime");

    Linux.utimensat(directory, bytes("link"), Optional.empty(), Optional.of(time));
    Linux.utimensat(directory, bytes("file"), Optional.of(time), Optional.empty());

    assertThat(unix("link", "lastModifiedTime")).isEqualTo(FileTime.from(time));
    assertThat(unix("file", "lastModifiedTime")).isEqualTo(before);
    assertThat(unix("file", "lastAccessTime")).isEqualTo(FileTime.from(time));
  }

  @Test
  void statxAgreesWithTheJdk() throws IOException {
    Files.writeString(host.resolve("file"), "12345");
    Files.createLink(host.resolve("second"), host.resolve("file"));

    FileStatus status = Linux.statx(directory, bytes("file"));

    assertThat(status.mode()).isEqualTo(unix("file", "mode"));
    assertThat(status.links()).isEqualTo(2);
    assertThat(status.uid()).isEqualTo(unix("file", "uid"));
    assertThat(status.gid()).isEqualTo(unix("file", "gid"));
    assertThat(status.inode()).isEqualTo(unix("file", "ino"));
    assertThat(status.size()).isEqualTo(5);
    assertThat(FileTime.from(status.modified())).isEqualTo(unix("file", "lastModifiedTime"));
    assertThat(FileTime.from(status.accessed())).isEqualTo(unix("file", "lastAccessTime"));
    assertThat(FileTime.from(status.changed())).isEqualTo(unix("file", "ctime"));
    assertThat(FileTime.from(status.created())).isEqualTo(unix("file", "creationTime"));
    assertThat(status.type()).isEqualTo(EntryType.REGULAR);
    assertThat(Linux.statx(directory).type()).isEqualTo(EntryType.DIRECTORY);
    assertThat(status.sameMount(Linux.statx(directory))).isTrue();
    try (Descriptor procfs = Linux.open("/proc", Linux.O_PATH)) {
      assertThat(status.sameMount(Linux.statx(procfs))).isFalse();
    }
  }

  @Test
  void faccessatTellsWhatIsAllowed() throws IOException {
    Files.createFile(host.resolve("file"));

    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_PATH, 0)) {
      Linux.faccessat(file, Linux.R_OK | Linux.W_OK);
      fails(Errno.EACCES, () -> Linux.faccessat(file, Linux.X_OK));
    }
  }

  @Test
  void getdents64ListsEveryEntryOnceAndResumes() throws IOException {
    Map<String, EntryType> expected = new HashMap<>();
    for (int i = 0; i < 3000; i++) {
      Files.createFile(host.resolve("file" + i));
      expected.put("file" + i, EntryType.REGULAR);
    }
    Files.createDirectory(host.resolve("dir"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("x"));
    expected.put("dir", EntryType.DIRECTORY);
    expected.put("link", EntryType.SYMLINK);
    Map<String, EntryType> found = new HashMap<>();

    long cookie;
    try (Descriptor first = Linux.openat(directory, bytes("."), Linux.O_RDONLY, 0)) {
      DirectoryReader reader = new DirectoryReader(first);
      for (int i = 0; i < 1234; i++) {
        DirectoryReader.Entry entry = reader.next().orElseThrow();
        found.put(new String(entry.name(), UTF_8), entry.type());
      }
      cookie = reader.cookie();
    }
    try (Descriptor second = Linux.openat(directory, bytes("."), Linux.O_RDONLY, 0)) {
      DirectoryReader reader = DirectoryReader.resume(second, cookie);
      for (Optional<DirectoryReader.Entry> e = reader.next(); e.isPresent(); e = reader.next()) {
        assertThat(found.put(new String(e.get().name(), UTF_8), e.get().type())).isNull();
      }
    }

    assertThat(found).isEqualTo(expected);
  }

  @Test
  void ftruncateAndFsync() throws IOException {
    Files.writeString(host.resolve("file"), "12345");

    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_RDWR, 0)) {
      Linux.ftruncate(file, 3);
      Linux.fsync(file);
    }
    try (Descriptor names = Linux.openat(directory, bytes("."), Linux.O_RDONLY, 0)) {
      Linux.fsync(names);
    }

    assertThat(host.resolve("file")).hasContent("123");
    fails(Errno.EBADF, () -> Linux.fsync(directory)); // O_PATH is no file to sync
  }

  @Test
  void preadReadsAtAPositionIntoADirectBuffer() throws IOException {
    Files.writeString(host.resolve("file"), "0123456789");
    ByteBuffer buffer = ByteBuffer.allocateDirect(8);
    buffer.put((byte) '>').limit(5);
    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_RDONLY, 0)) {
      assertThat(Linux.pread(file, buffer, 3)).isEqualTo(4);
      assertThat(UTF_8.decode(buffer.flip()).toString()).isEqualTo(">3456");
      assertThat(Linux.pread(file, buffer.clear(), 10)).isZero();
      assertThatThrownBy(() -> Linux.pread(file, ByteBuffer.allocate(8), 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (Descriptor names = Linux.openat(directory, bytes("."), Linux.O_RDONLY, 0)) {
      fails(Errno.EISDIR, () -> Linux.pread(names, buffer.clear(), 0));
    }
  }

  @Test
  void fstatfsAgreesWithTheJdk() throws IOException {
    FileSystemStatus status = Linux.fstatfs(directory);

    assertThat(status.totalBytes()).isEqualTo(Files.getFileStore(host).getTotalSpace());
    assertThat(status.blockBytes()).isEqualTo(Files.getFileStore(host).getBlockSize());
    assertThat(status.availableBytes()).isBetween(0L, status.freeBytes());
    assertThat(status.type()).isPositive();
  }

  @Test
  void protectingFlagsAreClearedWhenTheyKeepFromDeleting() throws IOException {
    Files.createDirectory(host.resolve("dir"));
    Files.createFile(host.resolve("dir/file"));
    try (Descriptor dir = Linux.openat(directory, bytes("dir"), Linux.O_RDONLY, 0);
        Descriptor file = Linux.openat(dir, bytes("file"), Linux.O_RDONLY, 0)) {
      assertThat(Linux.clearProtectingFlags(file)).isFalse();
      Linux.setAppendOnly(file);
      Linux.setAppendOnly(dir);
      fails(Errno.EPERM, () -> Linux.unlinkat(dir, bytes("file")));
    }

    assertThat(TreeDelete.delete(directory, bytes("dir"), 1, () -> false)).isEqualTo(2);

    assertThat(host.resolve("dir")).doesNotExist();
  }

  @Test
  void limitOfOpenFilesCanBeReadAndSet() throws IOException {
    ResourceLimit limit = Linux.getrlimitNofile();
    assertThat(limit.soft()).isPositive();

    Linux.setrlimitNofile(new ResourceLimit(limit.soft() - 1, limit.hard()));
    try {
      assertThat(Linux.getrlimitNofile())
          .isEqualTo(new ResourceLimit(limit.soft() - 1, limit.hard()));
    } finally {
      Linux.setrlimitNofile(limit);
    }
  }

  @Test
  void reopenGivesAChannelOfTheSameInode() throws IOException {
    Files.writeString(host.resolve("file"), "old");

    try (Descriptor file = Linux.openat(directory, bytes("file"), Linux.O_PATH, 0)) {
      Files.move(host.resolve("file"), host.resolve("moved"));
      Files.writeString(host.resolve("file"), "decoy");
      try (FileChannel channel = Linux.reopen(file, Set.of(StandardOpenOption.WRITE))) {
        channel.write(ByteBuffer.wrap(bytes("new")));
      }
    }

    assertThat(host.resolve("moved")).hasContent("new");
    assertThat(host.resolve("file")).hasContent("decoy");
  }

  @Test
  @Proves("JV-08")
  void closedDescriptorIsNeverUsedAgain() throws IOException {
    Descriptor file = Linux.openat(directory, bytes("."), Linux.O_PATH, 0);
    file.close();
    file.close();

    assertThat(file.isOpen()).isFalse();
    fails(Errno.EBADF, () -> Linux.statx(file));
    fails(Errno.EBADF, () -> Linux.renameat(directory, bytes("a"), file, bytes("b")));
    Linux.statx(directory);
  }

  @Test
  void errorsBecomeTheJdksExceptions() {
    Map<Integer, Class<? extends IOException>> expected =
        Map.of(
            Errno.ENOENT,
            NoSuchFileException.class,
            Errno.EEXIST,
            FileAlreadyExistsException.class,
            Errno.EACCES,
            AccessDeniedException.class,
            Errno.EPERM,
            AccessDeniedException.class,
            Errno.ENOTEMPTY,
            DirectoryNotEmptyException.class,
            Errno.ENOTDIR,
            NotDirectoryException.class,
            Errno.ELOOP,
            FileSystemLoopException.class,
            Errno.EXDEV,
            AtomicMoveNotSupportedException.class,
            Errno.ENOSPC,
            FileSystemException.class,
            12345,
            FileSystemException.class);

    expected.forEach((errno, type) -> {
      LinuxException failure = new LinuxException("call", errno);
      assertThat(failure.forFile("name"))
          .isExactlyInstanceOf(type)
          .hasMessageContaining("name")
          .hasCause(failure);
      assertThat(failure.forFiles("one", "two")).isExactlyInstanceOf(type);
    });
    assertThat(new LinuxException("call", Errno.ENOSPC).forFile("f"))
        .hasMessageContaining("No space left on device");
  }

  @Test
  void flagsOfOtherArchitecturesAreKnown() {
    assertThat(Abi.of("amd64").oDirectory()).isEqualTo(0200000);
    assertThat(Abi.of("riscv64").oNofollow()).isEqualTo(0400000);
    assertThat(Abi.of("aarch64").oDirectory()).isEqualTo(040000);
    assertThat(Abi.of("aarch64").oNofollow()).isEqualTo(0100000);
    assertThat(Abi.of("ppc64le").oDirectory()).isEqualTo(040000);
    assertThat(Abi.of("ppc64le").iocGetFlags()).isEqualTo(0x40086601L);
    assertThatThrownBy(() -> Abi.of("pdp11")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void secondDescriptorOutlivesTheFirst() throws IOException {
    Path file = Files.writeString(host.resolve("file"), "12345");
    Descriptor second;
    try (Descriptor first = Linux.open(file.toString(), Linux.O_PATH)) {
      second = Linux.dup(first);
    }
    try (second) {
      assertThat(Linux.statx(second).size()).isEqualTo(5);
    }
  }

  @Test
  void inodesOfAFileSystemAreCounted() throws IOException {
    try (Descriptor opened = Linux.open(host.toString(), Linux.O_PATH)) {
      FileSystemStatus status = Linux.fstatfs(opened);

      assertThat(status.freeInodes()).isBetween(0L, Math.max(0, status.totalInodes()));
    }
  }

  @Test
  void diskPriorityOfAThreadCanBeChanged() throws IOException {
    IoPriority.IDLE.apply();
    IoPriority.NORMAL.apply();
  }

  @Test
  void inotifyTellsWhatHappensAndEndsWhenItIsClosed() throws IOException {
    List<String> events = new ArrayList<>();
    Inotify inotify = Inotify.open();
    int watch;
    try (Descriptor opened = Linux.open(host.toString(), Linux.O_PATH)) {
      watch = inotify.add(opened, Inotify.IN_CREATE | Inotify.IN_MODIFY);
      assertThat(inotify.add(opened, Inotify.IN_CREATE | Inotify.IN_DELETE)).isEqualTo(watch);
    }

    Files.createDirectory(host.resolve("new"));
    inotify.close();
    while (inotify.read(
        (number, mask, name) -> events.add(number + " " + mask + " " + new String(name)))) {
      // until it says that it is over
    }

    int created = Inotify.IN_CREATE | Inotify.IN_ISDIR;
    assertThat(events).containsExactly(watch + " " + created + " new");
    inotify.remove(watch);
    assertThatThrownBy(() -> inotify.remove(watch)).isInstanceOf(LinuxException.class);
    inotify.close();
    inotify.dispose();
    inotify.close();
  }
}
