package dev.wings.core.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.FakeVolume;
import dev.wings.core.volume.FileWork;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUsageTest {
  @TempDir private Path root;

  @Test
  void aScanThatFailedIsTriedAgainAfterHalfAMinute() {
    AtomicLong clock = new AtomicLong();
    AtomicInteger scanned = new AtomicInteger();
    FakeVolume volume = new FakeVolume(root);
    try (FileWork files = new FileWork(1)) {
      DiskUsage disk =
          new DiskUsage(UUID.randomUUID(), volume, files, clock::get, scanned::incrementAndGet);
      volume.failing(true);
      disk.regular(1);
      await().atMost(5, SECONDS).until(disk::idle);
      volume.failing(false);

      clock.addAndGet(Duration.ofSeconds(29).toNanos());
      disk.regular(1);
      disk.early();
      assertThat(disk.idle()).isTrue();
      assertThat(scanned).hasValue(0);

      clock.addAndGet(Duration.ofSeconds(1).toNanos());
      disk.regular(1);
      await().atMost(5, SECONDS).until(() -> scanned.get() == 1);
      assertThat(disk.olderThan(Duration.ofHours(1))).isFalse();
    }
  }
}
