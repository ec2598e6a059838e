package dev.wings.fs.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Ownership of descriptors under races.
class DescriptorTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 20_000;
  private static final int SLOTS = 8;

  /// Threads open, use, and close (twice) the same few descriptors. Each slot's file holds an inode
  /// of its own, so a call that got another slot's number would see the wrong one.
  @Test
  @Proves("JV-08")
  void neitherLeaksNorUsesNorClosesAForeignNumber(@TempDir Path host) throws Exception {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    long[] inodes = new long[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
      Files.createFile(host.resolve("file" + i));
      inodes[i] = (long) Files.getAttribute(host.resolve("file" + i), "unix:ino");
    }
    AtomicReferenceArray<@Nullable Descriptor> slots = new AtomicReferenceArray<>(SLOTS);
    ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    try (Descriptor directory = Linux.open(host.toString(), Linux.O_PATH)) {
      for (int t = 0; t < THREADS; t++) {
        SplittableRandom random = new SplittableRandom(seed + t);
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    start.await();
                    for (int round = 0; round < ROUNDS; round++) {
                      int slot = random.nextInt(SLOTS);
                      act(directory, slots, slot, inodes[slot], random.nextInt(4), faults);
                    }
                  } catch (IOException | InterruptedException e) {
                    faults.add(e.toString());
                  }
                }));
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      for (int i = 0; i < SLOTS; i++) {
        Descriptor last = slots.get(i);
        if (last != null) {
          last.close();
        }
      }
    }

    assertThat(faults).isEmpty();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private static void act(
      Descriptor directory,
      AtomicReferenceArray<@Nullable Descriptor> slots,
      int slot,
      long inode,
      int action,
      ConcurrentLinkedQueue<String> faults)
      throws IOException {
    if (action == 0) {
      byte[] name = ("file" + slot).getBytes(UTF_8);
      Descriptor old = slots.getAndSet(slot, Linux.openat(directory, name, Linux.O_PATH, 0));
      if (old != null) {
        old.close();
        old.close();
      }
      return;
    }
    Descriptor current = slots.get(slot);
    if (current == null) {
      return;
    }
    if (action == 1) {
      current.close();
      return;
    }
    try {
      long seen = Linux.statx(current).inode();
      if (seen != inode) {
        faults.add("slot " + slot + " saw inode " + seen + " instead of " + inode);
      }
    } catch (LinuxException e) {
      if (!e.is(Errno.EBADF) || current.isOpen()) {
        faults.add(e.toString());
      }
    }
  }
}
