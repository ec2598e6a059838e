package dev.wings.docker.internal.container;

import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the contract of [ContainerListener] whatever threads call: one call at a time, `running`
/// once, `exited` once and last, nothing after [#close]. A call that is in progress during [#close]
/// may still finish.
final class ListenerGate {
  private static final Logger log = LoggerFactory.getLogger(ListenerGate.class);

  private final ContainerListener listener;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;
  private boolean outputEnded; // these two under the lock
  private boolean runningReported;

  ListenerGate(ContainerListener listener) {
    this.listener = listener;
  }

  void output(ByteBuffer bytes) {
    lock.lock();
    try {
      call(() -> listener.output(bytes));
    } finally {
      lock.unlock();
    }
  }

  void stats(ContainerStats stats) {
    lock.lock();
    try {
      call(() -> listener.stats(stats));
    } finally {
      lock.unlock();
    }
  }

  void running() {
    lock.lock();
    try {
      if (!runningReported) {
        runningReported = true;
        call(listener::running);
      }
    } finally {
      lock.unlock();
    }
  }

  void problem(String text) {
    lock.lock();
    try {
      call(() -> listener.problem(text));
    } finally {
      lock.unlock();
    }
  }

  void reattached() {
    lock.lock();
    try {
      call(listener::reattached);
    } finally {
      lock.unlock();
    }
  }

  void exited(ExitStatus status) {
    lock.lock();
    try {
      if (!outputEnded) {
        outputEnded = true;
        call(listener::outputClosed);
        call(() -> listener.exited(status));
        closed = true;
      }
    } finally {
      lock.unlock();
    }
  }

  void close() {
    closed = true;
  }

  boolean closed() {
    return closed;
  }

  private void call(Runnable call) {
    if (closed) {
      return;
    }
    try {
      call.run();
    } catch (RuntimeException e) {
      // A listener's fault must neither stop the reading nor hide the exit.
      log.atError().setCause(e).log("container listener failed");
    }
  }
}
