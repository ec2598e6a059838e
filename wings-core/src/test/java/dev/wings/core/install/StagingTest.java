package dev.wings.core.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class StagingTest {
  @TempDir private Path directory;

  @Test
  void headAndTailAreLimited() throws Exception {
    Staging staging = staging();
    Files.writeString(file("status"), "a".repeat(5000) + "b".repeat(4096));

    assertThat(staging.head("status")).isEqualTo("a".repeat(4096));
    assertThat(staging.tail("status")).isEqualTo("b".repeat(4096));
    assertThat(staging.head("missing")).isEmpty();
  }

  @Test
  void aFifoOrDirectoryInPlaceOfAFileReadsAsEmptyAndNeverBlocks() throws Exception {
    Staging staging = staging();
    Files.delete(file("status"));
    fifo(file("status"));
    Files.delete(file("progress"));
    Files.createDirectory(file("progress"));

    assertThat(staging.head("status")).isEmpty();
    assertThat(staging.tail("progress")).isEmpty();
  }

  @Test
  void filesExchangedWhileTheyAreReadNeverBlockOrLeakTheNode() throws Exception {
    Staging staging = staging();
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    fifo(file("fifo"));
    Files.createSymbolicLink(file("link"), secret);
    Files.writeString(file("plain"), "plain");
    Thread script = Thread.ofPlatform().daemon().start(() -> exchangeUntilInterrupted());
    try {
      for (int i = 0; i < 5000; i++) {
        assertThat(staging.head("status")).isIn("", "plain");
      }
    } finally {
      script.interrupt();
      assertThat(script.join(java.time.Duration.ofSeconds(10))).isTrue();
    }
    staging.delete();
    assertThat(file("")).doesNotExist();
    assertThat(secret).hasContent("secret");
  }

  private void exchangeUntilInterrupted() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        for (String source : new String[] {"fifo", "link", "plain"}) {
          Files.move(file(source), file("status"), StandardCopyOption.ATOMIC_MOVE);
          Files.move(file("status"), file(source), StandardCopyOption.ATOMIC_MOVE);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  @Proves("CT-04")
  void directoriesDeeperThanAnyPathAreRemoved() throws Exception {
    Staging staging = staging();
    String name = "n".repeat(200);
    Path inner = Files.createDirectory(file("0"));
    Files.writeString(inner.resolve("leaf"), "x");
    for (int i = 1; i <= 100; i++) {
      Path outer = Files.createDirectory(file(Integer.toString(i)));
      Files.writeString(outer.resolve("leaf"), "x");
      Files.move(inner, outer.resolve(name));
      inner = outer;
    }

    staging.delete();
    assertThat(file("")).doesNotExist();
  }

  @Test
  void linksAreRemovedAsLinks() throws Exception {
    Staging staging = staging();
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("kept"), "x");
    Files.createSymbolicLink(file("link"), outside);
    Files.createDirectory(file("sub"));
    Files.createSymbolicLink(file("sub").resolve("link"), outside);

    staging.delete();
    assertThat(file("")).doesNotExist();
    assertThat(outside.resolve("kept")).exists();
  }

  private Staging staging() throws IOException {
    Staging staging = new Staging(directory.resolve("staging"));
    staging.create("install.sh", "", "status", "progress");
    return staging;
  }

  private Path file(String name) {
    return directory.resolve("staging").resolve(name);
  }

  private static void fifo(Path path) throws Exception {
    Process process = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
