package dev.wings.fs.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.AccessGuard;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCopyTest {
  private static final int FILES = 60;

  @TempDir Path directory;

  private final Progress progress = new Progress();
  private final AtomicInteger written = new AtomicInteger();
  private volatile int cancelAt = Integer.MAX_VALUE;
  private Path host;
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    host = Files.createDirectory(directory.resolve("volume")).toRealPath();
    sandbox = Sandbox.open(host, SandboxOptions.defaults().withGuard(this::check));
    for (int i = 0; i < FILES; i++) {
      Path file = host.resolve("d/sub" + i % 3 + "/" + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
  }

  private void check(Path resolved, AccessGuard.Access access) {
    if (access == AccessGuard.Access.WRITE && written.incrementAndGet() == cancelAt) {
      progress.cancel();
    }
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Location at(String path) {
    FileView view =
        new FileView(sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
    return new Location(view, view.root()).resolve(path);
  }

  private long files(String path) throws IOException {
    if (!Files.exists(host.resolve(path))) {
      return 0;
    }
    try (Stream<Path> tree = Files.walk(host.resolve(path))) {
      return tree.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void everythingIsCountedAndKept() throws IOException {
    new FileCopy(3, progress).copy(at("d"), at("e"), /* overwrite= */ false);

    assertThat(files("e")).isEqualTo(FILES);
    assertThat(progress.files()).isEqualTo(FILES + 4);
    assertThat(progress.bytes()).isPositive();
    assertThatThrownBy(() -> new FileCopy(3, progress).copy(at("d"), at("e"), false))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.writeString(host.resolve("e/sub0/0"), "changed and longer than before");
    new FileCopy(3, progress).copy(at("d"), at("e"), /* overwrite= */ true);
    assertThat(host.resolve("e/sub0/0")).hasContent("content 0");
  }

  @Test
  @Proves("DS-03")
  void canBeAbortedInTheMiddle() throws IOException {
    cancelAt = 7;

    assertThatThrownBy(() -> new FileCopy(3, progress).copy(at("d"), at("e"), false))
        .isInstanceOf(OperationAbortedException.class);

    assertThat(files("e")).isLessThan(FILES);
  }

  @Test
  void fromAnyOtherFileSystem() throws IOException {
    FileView archive =
        new FileView(host.resolve("d"), false, false, false, PathFilter.NONE, DirectorySizes.NONE);
    Files.createSymbolicLink(host.resolve("d/link"), Path.of("sub0/0"));

    new FileCopy(3, progress)
        .copy(new Location(archive, host.resolve("d")), at("out/e"), /* overwrite= */ false);

    assertThat(files("out/e")).isEqualTo(FILES + 1);
    assertThat(Files.readSymbolicLink(host.resolve("out/e/link"))).isEqualTo(Path.of("sub0/0"));
    assertThat(host.resolve("out/e/sub1/1")).hasContent("content 1");
  }

  @Test
  void modesThatForbidWritingComeLast() throws IOException {
    Files.setPosixFilePermissions(
        host.resolve("d/sub1"), PosixFilePermissions.fromString("r-x------"));
    Files.setPosixFilePermissions(host.resolve("d"), PosixFilePermissions.fromString("---------"));

    new FileCopy(2, progress).copy(at("d"), at("e"), /* overwrite= */ false);

    assertThat(files("e")).isEqualTo(FILES);
    assertThat(Files.getPosixFilePermissions(host.resolve("e"))).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host.resolve("e/sub1"))))
        .isEqualTo("r-x------");
  }

  @Test
  void historyIsToldAboutTheVolume() {
    List<String> told = new ArrayList<>();
    FileHistory history =
        new FileHistory() {
          @Override
          public void renamed(UUID server, String from, String to) {
            told.add(from + " to " + to);
          }

          @Override
          public void deleted(UUID server, String path) {
            told.add(path + " gone");
          }
        };
    FileChanges changes = new FileChanges(new UUID(0, 1), Optional.of(history), progress);

    changes.rename(at("d/sub0/0"), at("new/0"), /* createDirectories= */ true);
    changes.rename(at("nope"), at("new/1"), /* createDirectories= */ true);
    changes.delete(at("d"), 2);
    changes.delete(at("nope"), 2);

    assertThat(told).containsExactly("d/sub0/0 to new/0", "d gone");
  }
}
