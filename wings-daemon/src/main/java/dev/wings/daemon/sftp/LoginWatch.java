package dev.wings.daemon.sftp;

import dev.wings.sftp.account.Account;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at every open connection once a second, so that none outlives the reason it was let in
/// for, whatever has become of the news about it (`threats.md` SF-03).
final class LoginWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LoginWatch.class);
  private static final long INTERVAL_MILLIS = 1000;

  private final Set<Runnable> checks = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sftp-watch").factory());

  LoginWatch() {
    clock.scheduleWithFixedDelay(
        this::run, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// @param check ends the connection when it has to end; must not block
  Account.Subscription add(Runnable check) {
    checks.add(check);
    return () -> checks.remove(check);
  }

  private void run() {
    for (Runnable check : checks) {
      try {
        check.run();
      } catch (RuntimeException failure) { // the others have to be looked at as well
        log.atError().setCause(failure).log("a connection could not be checked");
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
