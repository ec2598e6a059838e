package dev.wings.core.server;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The long work of one server, each piece on its own named virtual thread, so that a deletion can
/// end all of it (`threats.md` RB-03).
final class ServerTasks {
  private static final Logger log = LoggerFactory.getLogger(ServerTasks.class);

  private final UUID server;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  ServerTasks(UUID server) {
    this.server = server;
  }

  Thread start(String what, Runnable work) {
    Thread thread =
        Thread.ofVirtual().name("server-" + what + "-" + server).unstarted(() -> run(what, work));
    threads.add(thread);
    thread.start();
    return thread;
  }

  /// Lets the calling thread count as work of this server while it does something for it.
  void runHere(Runnable work) {
    Thread caller = Thread.currentThread();
    threads.add(caller);
    try {
      work.run();
    } finally {
      threads.remove(caller);
    }
  }

  private void run(String what, Runnable work) {
    try {
      work.run();
    } catch (Throwable failure) { // the outermost loop of the thread (threats.md JV-05)
      log.atError()
          .addKeyValue("server", server)
          .addKeyValue("task", what)
          .setCause(failure)
          .log("task of a server failed");
    } finally {
      threads.remove(Thread.currentThread());
    }
  }

  void interruptAll() {
    threads.forEach(Thread::interrupt);
  }

  /// Waits for all work to end. False when the time was not enough.
  boolean await(Duration limit) throws InterruptedException {
    long nanos = limit.toNanos();
    long begin = System.nanoTime();
    for (Thread thread : Set.copyOf(threads)) {
      long left = nanos - (System.nanoTime() - begin);
      if (thread != Thread.currentThread()
          && (left <= 0 || !thread.join(Duration.ofNanos(left)))
          && thread.isAlive()) {
        return false;
      }
    }
    return true;
  }

  int running() {
    return threads.size();
  }
}
