package dev.wings.fs.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenTreesTest {
  private static final UUID SERVER = new UUID(1, 1);

  @TempDir private Path host;
  private final AtomicLong nanos = new AtomicLong(5);
  private final OpenTrees trees = new OpenTrees(2, Duration.ofMinutes(1), nanos::get);

  @AfterEach
  void close() {
    trees.close();
  }

  private FileView open(UUID server, String what) throws IOException {
    return trees
        .get(
            new OpenTrees.Key(server, what),
            () ->
                Optional.of(
                    new FileView(
                        Sandbox.open(host).getPath("/"),
                        false,
                        false,
                        false,
                        PathFilter.NONE,
                        DirectorySizes.NONE)))
        .orElseThrow();
  }

  private static boolean open(FileView view) {
    return view.root().getFileSystem().isOpen();
  }

  @Test
  void aTreeIsOpenedOnceAndTheLongestUnusedMakesRoom() throws IOException {
    FileView a = open(SERVER, "a");
    nanos.addAndGet(1);
    FileView b = open(SERVER, "b");
    nanos.addAndGet(1);
    assertThat(open(SERVER, "a")).isSameAs(a);
    FileView other = open(new UUID(2, 2), "c");
    nanos.addAndGet(1);
    open(SERVER, "c");

    assertThat(open(b)).isFalse();
    assertThat(open(a)).isTrue();
    assertThat(open(other)).isTrue();
    assertThat(open(SERVER, "b")).isNotSameAs(b);
  }

  @Test
  void whatNobodyAsksForIsClosed() throws IOException {
    FileView a = open(SERVER, "a");
    nanos.addAndGet(Duration.ofSeconds(59).toNanos());
    FileView b = open(SERVER, "b");
    trees.closeIdle();
    assertThat(open(a)).isTrue();

    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    trees.closeIdle();

    assertThat(open(a)).isFalse();
    assertThat(open(b)).isTrue();
    assertThat(trees.size()).isEqualTo(1);
  }

  @Test
  void whatCannotBeOpenedIsNotKept() throws IOException {
    assertThat(trees.get(new OpenTrees.Key(SERVER, "x"), Optional::empty)).isEmpty();
    assertThat(trees.size()).isZero();
  }
}
