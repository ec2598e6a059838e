package dev.wings.core.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.config.LimitsConfig;
import dev.wings.core.volume.FileWork;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OperationsTest {
  private static final class Silent implements Operations.Listener {
    @Override
    public void progress(OperationStatus status) {}

    @Override
    public void completed(UUID operation) {}

    @Override
    public void aborted(UUID operation) {}

    @Override
    public void failed(UUID operation, String message) {}
  }

  private static Operations operations(UUID server, FileWork files) {
    return new Operations(
        server, new Silent(), files, () -> new LimitsConfig(0, 0), InstantSource.system());
  }

  @Test
  void abortingAMirrorInterruptsTheWorkThatItShows() throws Exception {
    UUID there = new UUID(0, 2);
    try (FileWork files = new FileWork(1)) {
      Operations source = operations(new UUID(0, 1), files);
      Operations destination = operations(there, files);
      CountDownLatch begun = new CountDownLatch(1);
      AtomicBoolean interrupted = new AtomicBoolean();
      Operations.Running<Boolean> running =
          source.start(
              new Operation.Pull("a"),
              _ -> {
                begun.countDown();
                try {
                  new CountDownLatch(1).await(); // never looks at its progress
                  return true;
                } catch (InterruptedException stopped) {
                  interrupted.set(true);
                  throw stopped;
                }
              });
      destination.mirror(new Operation.Pull("b"), running);
      begun.await();

      assertThat(destination.abort(destination.list().getFirst().id())).isTrue();

      assertThatThrownBy(running::await).isInstanceOf(OperationAbortedException.class);
      Awaitility.await().untilTrue(interrupted); // the waiter hears of it before the work does
      Awaitility.await().until(() -> destination.list().isEmpty());
    }
  }
}
