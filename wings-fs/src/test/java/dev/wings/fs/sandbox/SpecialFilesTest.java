package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// FIFOs, sockets, devices and the links of procfs.
@ParameterizedClass
@EnumSource(SandboxMode.class)
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpecialFilesTest {
  private final SandboxMode mode;
  @TempDir private Path directory;
  private Sandbox sandbox;

  SpecialFilesTest(SandboxMode mode) {
    this.mode = mode;
  }

  @BeforeEach
  void open() throws IOException {
    sandbox = Sandbox.open(directory, SandboxOptions.defaults().withMode(mode));
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(directory)).isEmpty();
  }

  private void make(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assumeTrue(process.exitValue() == 0, "may make such a node");
  }

  private void refusesToOpen(String name) throws IOException {
    Path path = sandbox.getPath(name);
    assertThatThrownBy(() -> Files.readString(path))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("not a regular file");
    assertThatThrownBy(() -> Files.writeString(path, "x")).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(
            () -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> FileChannel.open(path, StandardOpenOption.APPEND))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> Files.copy(path, sandbox.getPath("copy")))
        .isInstanceOf(FileSystemException.class);
    assertThat(Files.exists(sandbox.getPath("copy"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    Files.createSymbolicLink(sandbox.getPath("link"), path);
    assertThatThrownBy(() -> Files.readString(sandbox.getPath("link")))
        .isInstanceOf(FileSystemException.class);
    Files.delete(sandbox.getPath("link"));
  }

  @Test
  @Proves("FS-04")
  void fifoIsNeverOpenedAndBlocksNobody() throws Exception {
    make("mkfifo", directory.resolve("fifo").toString());

    refusesToOpen("fifo");
  }

  @Test
  @Proves("FS-04")
  void socketIsNeverOpened() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(directory.resolve("socket")));

      refusesToOpen("socket");
    }
  }

  @Test
  @Proves("FS-04")
  void deviceIsNeverOpened() throws Exception {
    make("mknod", directory.resolve("null").toString(), "c", "1", "3");

    refusesToOpen("null");
  }

  @Test
  void specialFilesAreListedMovedAndDeleted() throws Exception {
    make("mkfifo", directory.resolve("fifo").toString());
    Path fifo = sandbox.getPath("fifo");

    SandboxAttributes attributes =
        Files.readAttributes(fifo, SandboxAttributes.class, LinkOption.NOFOLLOW_LINKS);
    assertThat(attributes.isOther()).isTrue();
    assertThat(attributes.type().letter()).isEqualTo('p');
    Files.move(fifo, sandbox.getPath("moved"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(sandbox.getPath("/"))) {
      assertThat(entries).containsExactly(sandbox.getPath("/moved"));
    }
    assertThat(sandbox.deleteTree(sandbox.getPath("moved"), 1, () -> false)).isEqualTo(1);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  @Proves("FS-01")
  void linksOfProcfsLeadNowhere() throws IOException {
    Path process = Path.of("/proc/" + ProcessHandle.current().pid());

    try (Sandbox procfs = Sandbox.open(process, SandboxOptions.defaults().withMode(mode))) {
      for (String magic :
          new String[] {"root/etc/passwd", "cwd/pom.xml", "exe", "fd/0", "ns/mnt"}) {
        assertThatThrownBy(() -> Files.readString(procfs.getPath(magic)))
            .as(magic)
            .isInstanceOf(NoSuchFileException.class);
        assertThat(Files.exists(procfs.getPath(magic))).as(magic).isFalse();
      }
      assertThat(Files.readString(procfs.getPath("comm"))).isNotEmpty();
    }
  }

  /// In a directory that can only be added to, the name of a temporary file cannot be taken away;
  /// [#close] looks for the descriptors.
  @Test
  void fileThatCannotBeMadeAsWantedLeavesNoDescriptorOpen() throws Exception {
    Path adding = Files.createDirectory(directory.resolve("adding"));
    make("chattr", "+a", adding.toString());
    try {
      assertThatThrownBy(() ->
              FileChannel.open(
                  sandbox.getPath("adding/file"),
                  StandardOpenOption.WRITE,
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.DELETE_ON_CLOSE))
          .isInstanceOf(FileSystemException.class);
    } finally {
      make("chattr", "-a", adding.toString());
    }
  }
}
