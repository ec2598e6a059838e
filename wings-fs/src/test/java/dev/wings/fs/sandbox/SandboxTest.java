package dev.wings.fs.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Ordinary use through `java.nio.file.Files`, in both modes.
@ParameterizedClass
@EnumSource(SandboxMode.class)
class SandboxTest {
  private static final int UID = 4711;
  private static final int GID = 4712;

  private final SandboxMode mode;
  @TempDir private Path host;
  private Path directory;
  private Sandbox sandbox;

  SandboxTest(SandboxMode mode) {
    this.mode = mode;
  }

  @BeforeEach
  void open() throws IOException {
    directory = Files.createDirectory(host.resolve("volume"));
    sandbox = Sandbox.open(directory, SandboxOptions.defaults().withMode(mode).ownedBy(UID, GID));
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Path path(String path) {
    return sandbox.getPath(path);
  }

  private String ownerOf(String path) throws IOException {
    return Files.getAttribute(directory.resolve(path), "unix:uid", LinkOption.NOFOLLOW_LINKS)
        + ":"
        + Files.getAttribute(directory.resolve(path), "unix:gid", LinkOption.NOFOLLOW_LINKS);
  }

  private String modeOf(String path) throws IOException {
    int mode =
        (int) Files.getAttribute(directory.resolve(path), "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return Integer.toOctalString(mode & 07777);
  }

  @Test
  void reportsItsMode() {
    assertThat(sandbox.mode()).isEqualTo(mode);
  }

  @Test
  void writesAndReadsFiles() throws IOException {
    Files.writeString(path("/a.txt"), "one");
    Files.writeString(path("a.txt"), " two", StandardOpenOption.APPEND);

    assertThat(Files.readString(path("/x/../a.txt"))).isEqualTo("one two");
    assertThat(directory.resolve("a.txt")).hasContent("one two");
    assertThat(Files.size(path("/a.txt"))).isEqualTo(7);
    assertThat(Files.exists(path("/a.txt"))).isTrue();
    assertThat(Files.exists(path("/b.txt"))).isFalse();
  }

  @Test
  @Proves("FS-08")
  void everythingCreatedBelongsToTheOwner() throws IOException {
    Files.createDirectories(path("/deep/er/directory"));
    Files.writeString(path("/deep/file"), "x");
    Files.createSymbolicLink(path("/deep/link"), path("file"));
    Files.copy(path("/deep/file"), path("/deep/er/copy"));
    Files.copy(path("/deep/link"), path("/deep/copied-link"), LinkOption.NOFOLLOW_LINKS);
    Files.copy(path("/deep/er"), path("/deep/copied-directory"));
    Files.createTempFile(path("/deep"), "temp", ".txt");
    Files.createTempDirectory(path("/deep"), "temp");
    Files.newByteChannel(
            path("/deep/new"),
            java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))
        .close();

    List<String> found = new ArrayList<>();
    try (var walk = Files.walk(directory.resolve("deep"))) {
      for (Path entry : (Iterable<Path>) walk::iterator) {
        found.add(ownerOf(directory.relativize(entry).toString()));
      }
    }
    assertThat(found).hasSize(11).containsOnly(UID + ":" + GID);
  }

  @Test
  void existingDirectoriesKeepTheirOwner() throws IOException {
    Files.createDirectory(directory.resolve("mine"));

    Files.createDirectories(path("/mine/new"));

    assertThat(ownerOf("mine")).isEqualTo("0:0");
    assertThat(ownerOf("mine/new")).isEqualTo(UID + ":" + GID);
  }

  @Test
  void overwrittenFileIsGivenToTheOwnerAndKeepsItsMode() throws IOException {
    Files.writeString(directory.resolve("file"), "old and long");
    Files.setPosixFilePermissions(
        directory.resolve("file"), PosixFilePermissions.fromString("rwxr-x---"));

    Files.writeString(path("/file"), "new");

    assertThat(ownerOf("file")).isEqualTo(UID + ":" + GID);
    assertThat(modeOf("file")).isEqualTo("750");
    assertThat(directory.resolve("file")).hasContent("new");
  }

  @Test
  void createNewRefusesAnExistingName() throws IOException {
    Files.createFile(path("/file"));

    assertThatThrownBy(() -> Files.createFile(path("/file")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> Files.createDirectory(path("/file")))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void fileWithoutRightsForItsOwnerCanBeCreated() throws IOException {
    Files.createFile(
        path("/locked"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---r-----")));

    assertThat(modeOf("locked")).isEqualTo("40");
  }

  @Test
  void deleteOnCloseLeavesNoName() throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            path("/gone"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      channel.write(ByteBuffer.wrap("x".getBytes(UTF_8)));
    }
    assertThat(directory.resolve("gone")).doesNotExist();
  }

  @Test
  void channelsAreTheJdksOwnForZeroCopyAndLocks() throws IOException {
    Files.writeString(path("/file"), "content");

    try (FileChannel channel =
        FileChannel.open(path("/file"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThat(channel.getClass().getName()).isEqualTo("sun.nio.ch.FileChannelImpl");
      channel.lock().release();
    }
  }

  @Test
  void linksInsideTheRootAreFollowed() throws IOException {
    Files.createDirectories(directory.resolve("a/b"));
    Files.writeString(directory.resolve("a/target"), "found");
    Files.createSymbolicLink(directory.resolve("a/b/up"), Path.of("../target"));
    Files.createSymbolicLink(directory.resolve("dir"), Path.of("a/b/"));
    Files.createSymbolicLink(directory.resolve("chain"), Path.of("dir/./../b/up"));

    assertThat(Files.readString(path("/chain"))).isEqualTo("found");
    assertThat(Files.readString(path("/dir/up"))).isEqualTo("found");
    assertThat(path("/chain").toRealPath()).isEqualTo(path("/a/target"));
    assertThat(path("/dir/up").toRealPath(LinkOption.NOFOLLOW_LINKS)).isEqualTo(path("/a/b/up"));
    assertThat(Files.isSameFile(path("/chain"), path("/a/target"))).isTrue();
    Files.writeString(path("/chain"), "through");
    assertThat(directory.resolve("a/target")).hasContent("through");
  }

  @Test
  void writingThroughALinkToNothingCreatesItsTarget() throws IOException {
    Files.createDirectory(directory.resolve("logs"));
    Files.createSymbolicLink(directory.resolve("latest"), Path.of("logs/today"));

    Files.writeString(path("/latest"), "line");

    assertThat(directory.resolve("logs/today")).hasContent("line");
    assertThat(ownerOf("logs/today")).isEqualTo(UID + ":" + GID);
  }

  @Test
  void cyclesOfLinksAreNotFound() throws IOException {
    Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));

    assertThatThrownBy(() -> Files.readString(path("/a"))).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> Files.readString(path("/a/x")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void listsDirectories() throws IOException {
    Files.createDirectories(path("/dir/sub"));
    Files.createFile(path("/dir/file"));
    Files.createSymbolicLink(path("/link"), path("dir"));

    assertThat(list("/link")).containsExactlyInAnyOrder("/link/sub", "/link/file");
    assertThat(list("")).containsExactlyInAnyOrder("dir", "link");
    assertThatThrownBy(() -> list("/dir/file")).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> list("/none")).isInstanceOf(NoSuchFileException.class);
    try (DirectoryStream<Path> filtered = Files.newDirectoryStream(path("/dir"), "s*")) {
      assertThat(filtered).containsExactly(path("/dir/sub"));
    }
  }

  private List<String> list(String path) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(path))) {
      entries.forEach(entry -> names.add(entry.toString()));
    }
    return names;
  }

  @Test
  void deletesFilesLinksAndEmptyDirectories() throws IOException {
    Files.createDirectories(path("/dir/sub"));
    Files.createSymbolicLink(path("/link"), path("dir"));

    assertThatThrownBy(() -> Files.delete(path("/dir")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    Files.delete(path("/link"));
    Files.delete(path("/dir/sub"));
    Files.delete(path("/dir"));

    assertThat(directory).isEmptyDirectory();
    assertThat(Files.deleteIfExists(path("/dir"))).isFalse();
    assertThatThrownBy(() -> Files.delete(path("/"))).isInstanceOf(FileSystemException.class);
    assertThat(directory).exists();
  }

  @Test
  void movesWithAndWithoutReplacing() throws IOException {
    Files.writeString(path("/a"), "a");
    Files.writeString(path("/b"), "b");
    Files.createDirectory(path("/empty"));

    assertThatThrownBy(() -> Files.move(path("/a"), path("/b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.move(path("/a"), path("/a"));
    Files.move(path("/a"), path("/b"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(Files.readString(path("/b"))).isEqualTo("a");
    Files.move(path("/b"), path("/empty"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(Files.readString(path("/empty"))).isEqualTo("a");
    Files.writeString(path("/c"), "c");
    Files.move(path("/empty"), path("/c"), StandardCopyOption.ATOMIC_MOVE);

    assertThat(list("/")).containsExactly("/c");
    assertThat(Files.readString(path("/c"))).isEqualTo("a");
  }

  @Test
  void copiesContentModeAndOnRequestTimes() throws IOException {
    Files.writeString(path("/a"), "content");
    Files.setPosixFilePermissions(path("/a"), PosixFilePermissions.fromString("rwxrwxrw-"));
    FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06.789Z"));
    Files.setLastModifiedTime(path("/a"), time);

    Files.copy(path("/a"), path("/b"), StandardCopyOption.COPY_ATTRIBUTES);
    assertThatThrownBy(() -> Files.copy(path("/a"), path("/b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.writeString(path("/b"), "different");
    Files.copy(path("/a"), path("/b"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(path("/a"), path("/c"), StandardCopyOption.COPY_ATTRIBUTES);

    assertThat(Files.readString(path("/b"))).isEqualTo("content");
    assertThat(modeOf("c")).isEqualTo("776");
    assertThat(Files.getLastModifiedTime(path("/c"))).isEqualTo(time);
    assertThat(list("/")).containsExactlyInAnyOrder("/a", "/b", "/c");
  }

  @Test
  void copiesBetweenSandboxesAndToTheHost() throws IOException {
    Path other = Files.createDirectory(host.resolve("other"));
    Files.writeString(path("/a"), "content");

    try (Sandbox second = Sandbox.open(other)) {
      Files.copy(path("/a"), second.getPath("/b"));
      Files.move(path("/a"), second.getPath("/c"));
    }

    assertThat(other.resolve("b")).hasContent("content");
    assertThat(other.resolve("c")).hasContent("content");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void hardLinksShareAnInode() throws IOException {
    Files.writeString(path("/a"), "content");

    Files.createLink(path("/b"), path("/a"));

    assertThat(Files.isSameFile(path("/a"), path("/b"))).isTrue();
    assertThat(Files.getAttribute(path("/a"), "unix:nlink")).isEqualTo(2);
  }

  @Test
  @Proves("FS-04")
  void storedLinksAreRelativeAndStayInside() throws IOException {
    Files.createDirectories(path("/a/b"));

    Files.createSymbolicLink(path("/a/b/absolute"), path("/a/target"));
    assertThat(Files.readSymbolicLink(directory.resolve("a/b/absolute")))
        .isEqualTo(Path.of("../target"));
    Files.createSymbolicLink(path("/a/b/root"), path("../.."));
    assertThatThrownBy(() -> Files.createSymbolicLink(path("/a/b/out"), path("../../../etc")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("stay inside");
    assertThatThrownBy(() -> Files.createSymbolicLink(path("/out"), path("a/../../etc")))
        .isInstanceOf(FileSystemException.class);
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  @Proves("FS-05")
  void setIdAndStickyBitsAreDropped() throws IOException {
    Files.createFile(path("/file"));
    Files.createDirectory(path("/dir"));

    Files.setAttribute(path("/file"), "unix:mode", 04755);
    Files.setAttribute(path("/dir"), "unix:mode", 03777);

    assertThat(modeOf("file")).isEqualTo("755");
    assertThat(modeOf("dir")).isEqualTo("777");
  }

  @Test
  void directoryInASetGidDirectoryDoesNotInheritTheBit() throws IOException {
    Files.createDirectory(directory.resolve("shared"));
    Files.setAttribute(directory.resolve("shared"), "unix:mode", 02775);

    Files.createDirectory(path("/shared/new"));

    assertThat(modeOf("shared/new")).isEqualTo("755");
  }

  @Test
  void readsAttributesByNameAndType() throws IOException {
    Files.writeString(path("/file"), "12345");
    Files.setPosixFilePermissions(path("/file"), PosixFilePermissions.fromString("rw-r-----"));

    SandboxAttributes attributes = Files.readAttributes(path("/file"), SandboxAttributes.class);
    Map<String, Object> unix = Files.readAttributes(path("/file"), "unix:*");
    Map<String, Object> expected = Files.readAttributes(directory.resolve("file"), "unix:*");

    assertThat(attributes.allocatedBytes()).isBetween(0L, 65536L);
    assertThat(attributes.type().letter()).isEqualTo('-');
    for (String name :
        List.of("size", "uid", "gid", "mode", "nlink", "ino", "lastModifiedTime", "permissions")) {
      assertThat(unix).containsEntry(name, expected.get(name));
    }
    assertThat(attributes.creationTime()).isEqualTo(expected.get("creationTime"));
    assertThat(Files.getOwner(path("/file")).getName()).isEqualTo("4711");
    assertThatThrownBy(() -> Files.readAttributes(path("/file"), "unix:colour"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Files.readAttributes(path("/file"), "dos:*"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void ownerCanBeChangedByNumber() throws IOException {
    Files.createFile(path("/file"));
    var lookup = sandbox.getUserPrincipalLookupService();

    Files.setOwner(path("/file"), lookup.lookupPrincipalByName("77"));
    Files.getFileAttributeView(path("/file"), PosixFileAttributeView.class)
        .setGroup(lookup.lookupPrincipalByGroupName("78"));

    assertThat(ownerOf("file")).isEqualTo("77:78");
  }

  @Test
  void accessIsChecked() throws IOException {
    Files.createFile(path("/file"));
    assumeTrue((int) Files.getAttribute(directory, "unix:uid") == 0, "runs as root");

    assertThat(Files.isReadable(path("/file"))).isTrue();
    assertThat(Files.isExecutable(path("/file"))).isFalse();
    assertThatThrownBy(() ->
            path("/file")
                .getFileSystem()
                .provider()
                .checkAccess(path("/file"), java.nio.file.AccessMode.EXECUTE))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void fileStoreKnowsItsSpace() throws IOException {
    assertThat(Files.getFileStore(path("/")).getTotalSpace())
        .isEqualTo(Files.getFileStore(directory).getTotalSpace());
  }

  @Test
  void closedSandboxFailsWithAnIoException() throws IOException {
    Files.createFile(path("/file"));
    sandbox.close();

    assertThat(sandbox.isOpen()).isFalse();
    assertThatThrownBy(() -> Files.readString(path("/file")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("not open");
    assertThatThrownBy(() -> list("/")).isInstanceOf(FileSystemException.class);
  }

  @Test
  void rootMustBeARealDirectory() throws IOException {
    Files.createSymbolicLink(host.resolve("link"), directory);

    assertThatThrownBy(() -> Sandbox.open(host.resolve("link"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Sandbox.open(host.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void guardSeesTheRealPlaceBeforeAnythingIsTruncated() throws IOException {
    Files.writeString(directory.resolve("secret"), "kept");
    Files.createSymbolicLink(directory.resolve("alias"), Path.of("secret"));
    AccessGuard guard =
        (resolved, access) -> {
          if (resolved.toString().equals("/secret")) {
            throw new NoSuchFileException(resolved.toString());
          }
        };

    try (Sandbox guarded =
        Sandbox.open(directory, SandboxOptions.defaults().withMode(mode).withGuard(guard))) {
      assertThatThrownBy(() -> Files.writeString(guarded.getPath("/alias"), "lost"))
          .isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> Files.readString(guarded.getPath("/alias")))
          .isInstanceOf(NoSuchFileException.class);
      Files.writeString(guarded.getPath("/other"), "fine");
    }
    assertThat(directory.resolve("secret")).hasContent("kept");
    assertThat(ownerOf("secret")).isEqualTo("0:0");
  }

  @Test
  void aLinkIsRestoredAsItWasAndStillLeadsNowhereOutside() throws IOException {
    Path link = sandbox.getPath("/link");

    sandbox.restoreLink(link, "/etc/passwd".getBytes(UTF_8));

    assertThat(Files.readSymbolicLink(link).toString()).isEqualTo("/etc/passwd");
    assertThatThrownBy(() -> Files.readString(link)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> sandbox.restoreLink(link, new byte[] {'x'}))
        .isInstanceOf(FileAlreadyExistsException.class);
  }
}
