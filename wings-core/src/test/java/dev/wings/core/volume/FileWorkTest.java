package dev.wings.core.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A file system that hangs is played by a call that ignores interruption, as one inside the kernel
/// does.
class FileWorkTest {
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private final UUID hung = UUID.randomUUID();
  private final UUID healthy = UUID.randomUUID();
  private final CountDownLatch mountIsBack = new CountDownLatch(1);
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final AtomicInteger hanging = new AtomicInteger();
  private final FileWork files = new FileWork(2, PATIENCE);

  @AfterEach
  void release() {
    mountIsBack.countDown();
    files.close();
  }

  private boolean hang() {
    threads.add(Thread.currentThread());
    hanging.incrementAndGet();
    boolean back = false;
    while (!back) {
      try {
        mountIsBack.await();
        back = true;
      } catch (InterruptedException ignoredAsTheKernelDoes) {
        Thread.interrupted();
      }
    }
    hanging.decrementAndGet();
    return true;
  }

  private void assertSilent(UUID server, Callable<?> work) {
    assertThatThrownBy(() -> files.run(server, work))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM))
        .hasMessageContaining("does not answer");
  }

  @Test
  void whatTheWorkThrowsReachesWhoeverWaitsForIt() {
    IllegalArgumentException thrown = new IllegalArgumentException("no such archive");

    assertThatThrownBy(() ->
            files.run(
                healthy,
                () -> {
                  throw thrown;
                }))
        .isSameAs(thrown);
  }

  @Test
  @Proves("JV-06")
  void aHungFileSystemFailsItsOwnServerOnlyAndIsServedAgainWhenItIsBack() throws Exception {
    assertSilent(hung, this::hang);

    assertThat(files.run(healthy, () -> "other servers go on")).isNotEmpty();
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      assertSilent(hung, ran::incrementAndGet); // at once, and without a thread
    }
    assertThat(ran).hasValue(0);
    assertThat(threads).hasSize(1);

    mountIsBack.countDown();

    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(files.run(hung, () -> "back")).isEqualTo("back"));
  }

  @Test
  @Proves("JV-06")
  void submittedWorkOfAHungFileSystemHoldsAFewThreadsAndNobodyElse() throws Exception {
    AtomicInteger done = new AtomicInteger();
    int turns = FileWork.Kind.SESSION.callsPerServer();
    for (int i = 0; i < turns; i++) {
      files.submit(FileWork.Kind.SESSION, hung, this::hang);
    }
    for (int i = 0; i < 500; i++) {
      files.submit(FileWork.Kind.SESSION, hung, done::incrementAndGet);
    }

    CountDownLatch others = new CountDownLatch(500);
    for (int i = 0; i < 500; i++) {
      files.submit(FileWork.Kind.SESSION, healthy, others::countDown);
    }
    assertThat(others.await(10, TimeUnit.SECONDS)).isTrue();
    await().until(() -> hanging.get() == turns);
    assertThat(done).hasValue(0);

    mountIsBack.countDown();

    await().atMost(Duration.ofSeconds(10)).until(() -> done.get() == 500);
  }

  @Test
  void submittedWorkThatFailsCostsNoTurn() throws Exception {
    for (int i = 0; i < 20; i++) {
      files.submit(
          FileWork.Kind.SESSION,
          healthy,
          () -> {
            throw new IllegalStateException("scripted");
          });
    }
    CountDownLatch after = new CountDownLatch(1);
    files.submit(FileWork.Kind.SESSION, healthy, after::countDown);

    assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingIsSubmittedToAFileSystemThatDoesNotAnswer() {
    assertSilent(hung, this::hang);

    assertThatThrownBy(() -> files.submit(FileWork.Kind.SESSION, hung, () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @Proves("JV-06")
  void threadsAreBoundedHoweverManyFileSystemsHang() throws Exception {
    List<Thread> callers = new ArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    for (int server = 0; server < 100; server++) {
      UUID id = UUID.randomUUID();
      for (int call = 0; call < 5; call++) {
        callers.add(
            Thread.ofVirtual()
                .start(() -> {
                  assertSilent(id, this::hang);
                  refused.incrementAndGet();
                }));
      }
    }

    for (Thread caller : callers) {
      assertThat(caller.join(Duration.ofSeconds(60))).isTrue();
    }

    int lane = Math.max(8, Runtime.getRuntime().availableProcessors() * 2);
    assertThat(refused).hasValue(500);
    assertThat(threads).hasSizeLessThanOrEqualTo(lane + FileWork.SPARE_THREADS);
    mountIsBack.countDown();
    await().atMost(Duration.ofSeconds(10)).until(() -> hanging.get() == 0);
    assertThat(files.run(healthy, () -> "served")).isEqualTo("served");
  }

  @Test
  @Proves("JV-06")
  void aHungScanKeepsNoOtherScanFromRunning() throws Exception {
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < 4; i++) { // more than there are threads for scans
      files.scan(UUID.randomUUID(), () -> 0, this::hang, done::incrementAndGet);
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> done.get() == 4);

    Future<String> scan = files.scan(healthy, () -> 0, () -> "measured", () -> {});

    assertThat(scan.get()).isEqualTo("measured");
  }

  @Test
  void slowWorkThatGetsOnIsWaitedFor() throws Exception {
    AtomicLong visited = new AtomicLong();
    AtomicLong asked = new AtomicLong();
    CountDownLatch enough = new CountDownLatch(1);

    long result =
        files.run(
            healthy,
            () -> {
              if (asked.incrementAndGet() > 3) {
                enough.countDown(); // three times longer than the patience with work that stands
              }
              return visited.incrementAndGet();
            },
            () -> {
              enough.await();
              return 7L;
            });

    assertThat(result).isEqualTo(7);
  }

  @Test
  @Proves("DS-04")
  void heavyWorkOfOneServerDelaysNeitherItsOwnShortWorkNorAnyWorkOfOthers() throws Exception {
    UUID busy = hung;
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicLong progress = new AtomicLong();
    List<Thread> callers = new ArrayList<>();
    try (FileWork patient = new FileWork(1, Duration.ofMinutes(1))) {
      for (FileWork.Kind kind : List.of(FileWork.Kind.HEAVY, FileWork.Kind.SCAN)) {
        for (int i = 0; i < 50; i++) { // far more than there are threads
          callers.add(
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      patient.run(
                          kind,
                          busy,
                          progress::incrementAndGet,
                          () -> {
                            if (kind == FileWork.Kind.HEAVY) {
                              most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            }
                            release.await();
                            if (kind == FileWork.Kind.HEAVY) {
                              running.decrementAndGet();
                            }
                            return true;
                          });
                    } catch (Exception failure) {
                      throw new AssertionError(failure);
                    }
                  }));
        }
      }
      int share = FileWork.Kind.HEAVY.callsPerServer();
      await().atMost(Duration.ofSeconds(10)).until(() -> most.get() == share);

      for (int i = 0; i < 20; i++) { // all of it while nothing of the busy server gets on
        assertThat(patient.run(healthy, () -> "list")).isEqualTo("list");
        assertThat(patient.run(busy, () -> "list")).isEqualTo("list");
        for (FileWork.Kind kind : List.of(FileWork.Kind.HEAVY, FileWork.Kind.TRANSFER)) {
          assertThat(patient.run(kind, healthy, () -> 0, () -> "done")).isEqualTo("done");
        }
      }
      assertThat(release.getCount()).isOne();
      assertThat(most).hasValue(share);

      release.countDown();
      for (Thread caller : callers) {
        caller.join();
      }
    }
    assertThat(most).hasValue(FileWork.Kind.HEAVY.callsPerServer());
  }

  @Test
  void interruptingTheCallerInterruptsTheWork() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Thread caller =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() ->
                        files.run(
                            healthy,
                            () -> {
                              begun.countDown();
                              try {
                                return never();
                              } catch (InterruptedException e) {
                                interrupted.countDown();
                                throw e;
                              }
                            }))
                    .isInstanceOf(InterruptedException.class));
    begun.await();

    caller.interrupt();

    interrupted.await();
    assertThat(caller.join(Duration.ofSeconds(10))).isTrue();
    assertThat(files.run(healthy, () -> "served")).isEqualTo("served");
  }

  private static boolean never() throws InterruptedException {
    new CountDownLatch(1).await();
    return true;
  }
}
