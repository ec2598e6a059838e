package dev.wings.fs.archive.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.archive.read.ArchiveException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZOutputFile;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveFileSystemTest {
  private static final Instant TIME = Instant.parse("2021-03-04T05:06:08Z");

  @TempDir Path directory;

  /// @param entries name, mode and content in turn; a content of null bytes is a link's
  private Path zip(Object... entries) throws IOException {
    Path file = directory.resolve("a.zip");
    try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
      for (int i = 0; i < entries.length; i += 3) {
        ZipArchiveEntry entry = new ZipArchiveEntry((String) entries[i]);
        int mode = (int) entries[i + 1];
        if (mode != 0) {
          entry.setUnixMode(mode);
        }
        entry.setTime(FileTime.from(TIME));
        zip.putArchiveEntry(entry);
        zip.write(((String) entries[i + 2]).getBytes(StandardCharsets.UTF_8));
        zip.closeArchiveEntry();
      }
    }
    return file;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> names = Files.list(directory)) {
      return names.map(name -> String.valueOf(name.getFileName())).toList();
    }
  }

  @Test
  void showsEntriesAndDirectoriesThatTheArchiveDoesNotName() throws IOException {
    Path file =
        zip("world/region/r.mca", 0100600, "12345", "readme", 0, "hello", "empty/", 0040700, "");
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      assertThat(names(archive.root())).containsExactly("world", "readme", "empty");
      assertThat(names(archive.clientPath("world"))).containsExactly("region");
      assertThat(names(archive.clientPath("/empty/"))).isEmpty();
      assertThat(Files.readString(archive.clientPath("world/./x/../region/r.mca")))
          .isEqualTo("12345");
      assertThat(Files.size(archive.clientPath("world"))).isEqualTo(5);
      assertThat(Files.size(archive.root())).isEqualTo(10);
      try (Stream<Path> all = Files.walk(archive.root())) {
        assertThat(all.map(Path::toString))
            .containsExactly(
                "/", "/world", "/world/region", "/world/region/r.mca", "/readme", "/empty");
      }
    }
  }

  @Test
  void tellsModesTimesAndSizes() throws IOException {
    Path file =
        zip("f", 0100640, "x".repeat(10_000), "plain", 0, "", "d/", 0040750, "", "e/x", 0, "");
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      ArchiveAttributes own =
          Files.readAttributes(archive.clientPath("f"), ArchiveAttributes.class);
      assertThat(own.size()).isEqualTo(10_000);
      assertThat(own.compressedBytes()).isBetween(1L, 1000L);
      assertThat(own.modified()).isEqualTo(TIME);
      assertThat(own.isRegularFile()).isTrue();
      assertThat(own.created())
          .isEqualTo(
              Files.readAttributes(file, PosixFileAttributes.class).creationTime().toInstant());
      assertThat(permissions(archive, "f")).isEqualTo("rw-r-----");
      assertThat(permissions(archive, "plain")).isEqualTo("rw-r--r--");
      assertThat(permissions(archive, "d")).isEqualTo("rwxr-x---");
      assertThat(permissions(archive, "e")).isEqualTo("rwxr-xr-x");
      assertThat(Files.getAttribute(archive.clientPath("f"), "unix:mode")).isEqualTo(0100640);
    }
  }

  private static String permissions(ArchiveFileSystem archive, String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(archive.clientPath(path)));
  }

  @Test
  void followsLinksOnlyInside() throws IOException {
    Path file =
        zip(
            "d/f",
            0100644,
            "content",
            "l",
            0120777,
            "d",
            "d/up",
            0120777,
            "../d/f",
            "out",
            0120777,
            "../../etc/passwd",
            "abs",
            0120777,
            "/etc/passwd",
            "loop",
            0120777,
            "loop2",
            "loop2",
            0120777,
            "loop");
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      assertThat(Files.readString(archive.clientPath("l/f"))).isEqualTo("content");
      assertThat(Files.readString(archive.clientPath("d/up"))).isEqualTo("content");
      assertThat(archive.clientPath("l/up").toRealPath()).hasToString("/d/f");
      assertThat(Files.isSymbolicLink(archive.clientPath("l"))).isTrue();
      assertThat(Files.isDirectory(archive.clientPath("l"))).isTrue();
      assertThat(Files.isDirectory(archive.clientPath("l"), LinkOption.NOFOLLOW_LINKS)).isFalse();
      assertThat(Files.readSymbolicLink(archive.clientPath("out"))).hasToString("../../etc/passwd");
      for (String leading : List.of("out", "abs")) {
        assertThatThrownBy(() -> Files.readString(archive.clientPath(leading)))
            .isInstanceOf(NoSuchFileException.class);
      }
      assertThatThrownBy(() -> Files.size(archive.clientPath("loop")))
          .isInstanceOf(FileSystemLoopException.class);
    }
  }

  @Test
  void leavesOutNamesThatLeadOut() throws IOException {
    Path file = zip("../evil", 0, "x", "/abs", 0, "x", "good", 0, "x", "a/../../b", 0, "x");
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      assertThat(names(archive.root())).containsExactly("good");
      assertThat(Files.exists(archive.clientPath("../evil"))).isFalse();
    }
  }

  @Test
  void seeksInContents() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      text.append(i).append('\n');
    }
    byte[] content = text.toString().getBytes(StandardCharsets.UTF_8);
    Random random = new Random(5);
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(zip("f", 0, text.toString()));
        SeekableByteChannel channel = Files.newByteChannel(archive.clientPath("f"))) {
      assertThat(channel.size()).isEqualTo(content.length);
      for (int i = 0; i < 50; i++) {
        int at = random.nextInt(content.length - 100);
        ByteBuffer part = ByteBuffer.allocate(100);
        channel.position(at);
        while (part.hasRemaining()) {
          channel.read(part);
        }
        assertThat(part.array()).isEqualTo(java.util.Arrays.copyOfRange(content, at, at + 100));
      }
      channel.position(content.length);
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void showsSevenZipFiles() throws IOException {
    Path file = directory.resolve("a.7z");
    try (SevenZOutputFile out = new SevenZOutputFile(file.toFile())) {
      for (String name : List.of("d/one", "d/two", "three")) {
        SevenZArchiveEntry entry = new SevenZArchiveEntry();
        entry.setName(name);
        entry.setLastModifiedTime(FileTime.from(TIME));
        out.putArchiveEntry(entry);
        out.write(name.repeat(100).getBytes(StandardCharsets.UTF_8));
        out.closeArchiveEntry();
      }
    }
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      assertThat(names(archive.root())).containsExactly("d", "three");
      assertThat(Files.readString(archive.clientPath("d/two"))).isEqualTo("d/two".repeat(100));
      assertThat(Files.readString(archive.clientPath("d/one"))).isEqualTo("d/one".repeat(100));
      assertThat(Files.getLastModifiedTime(archive.clientPath("three")).toInstant())
          .isEqualTo(TIME);
      assertThat(permissions(archive, "three")).isEqualTo("rw-r--r--");
      assertThat(permissions(archive, "d")).isEqualTo("rwxr-xr-x");
    }
  }

  @Test
  void cannotBeChanged() throws IOException {
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(zip("f", 0, "x"))) {
      Path f = archive.clientPath("f");
      assertThat(archive.isReadOnly()).isTrue();
      assertThatThrownBy(() -> Files.writeString(f, "y"))
          .isInstanceOf(ReadOnlyFileSystemException.class);
      assertThatThrownBy(() -> Files.delete(f)).isInstanceOf(ReadOnlyFileSystemException.class);
      assertThatThrownBy(() -> Files.createDirectory(archive.clientPath("d")))
          .isInstanceOf(ReadOnlyFileSystemException.class);
      assertThatThrownBy(() -> Files.setLastModifiedTime(f, FileTime.from(TIME)))
          .isInstanceOf(ReadOnlyFileSystemException.class);
      assertThat(Files.isWritable(f)).isFalse();
      assertThat(Files.isReadable(f)).isTrue();
    }
  }

  @Test
  void failsLikeAnyOtherFileSystem() throws IOException {
    ArchiveFileSystem archive = ArchiveFileSystem.open(zip("d/f", 0, "x"));
    assertThatThrownBy(() -> Files.newDirectoryStream(archive.clientPath("d/f")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> Files.newInputStream(archive.clientPath("d")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> Files.size(archive.clientPath("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> Files.size(archive.clientPath("d/f/below")))
        .isInstanceOf(NoSuchFileException.class);
    archive.close();
    assertThatThrownBy(() -> Files.size(archive.clientPath("d/f")))
        .isInstanceOf(ClosedFileSystemException.class);
  }

  @Test
  void refusesWhatIsNoZipOr7zFile() throws IOException {
    Path tar = Files.writeString(directory.resolve("a.tar"), "x");
    Path damaged = Files.writeString(directory.resolve("b.zip"), "PK\u0003\u0004");

    assertThatThrownBy(() -> ArchiveFileSystem.open(tar)).isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> ArchiveFileSystem.open(damaged)).isInstanceOf(ArchiveException.class);
  }

  /// The files of an archive of a million entries would take ten times that memory as objects.
  @Test
  @Proves("AR-08")
  void keepsFewBytesForEachOfVeryManyEntries() throws IOException {
    int count = 200_000;
    Path file = directory.resolve("many.zip");
    writeEmptyEntries(file, count);
    long before = usedHeap();
    try (ArchiveFileSystem archive = ArchiveFileSystem.open(file)) {
      long used = usedHeap() - before;

      assertThat(archive.nodes()).isGreaterThan(count);
      assertThat(used).isLessThan(count * 100L);
      try (Stream<Path> names = Files.list(archive.clientPath("directory-3"))) {
        assertThat(names.limit(100).map(Path::toString))
            .hasSize(100)
            .startsWith("/directory-3/file-with-a-long-name-3");
      }
    }
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /// A directory of so many records, all of the same empty content. Zip64, as the count needs.
  private static void writeEmptyEntries(Path file, int count) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      ByteBuffer local = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
      out.write(local.putInt(0, 0x04034b50).array());
      long directoryBytes = 0;
      for (int i = 0; i < count; i++) {
        byte[] name =
            ("directory-" + i % 1000 + "/file-with-a-long-name-" + i)
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer record = ByteBuffer.allocate(46 + name.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(0, 0x02014b50).putShort(28, (short) name.length).put(46, name);
        out.write(record.array());
        directoryBytes += record.capacity();
      }
      ByteBuffer end = ByteBuffer.allocate(56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
      end.putInt(0, 0x06064b50).putLong(4, 44).putLong(24, count).putLong(32, count);
      end.putLong(40, directoryBytes).putLong(48, 30);
      end.putInt(56, 0x07064b50).putLong(64, 30 + directoryBytes).putInt(72, 1);
      end.putInt(76, 0x06054b50).putShort(84, (short) -1).putShort(86, (short) -1);
      end.putInt(88, -1).putInt(92, -1);
      out.write(end.array());
    }
  }
}
