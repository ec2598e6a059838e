package dev.wings.sftp.subsystem;

import static java.util.Objects.requireNonNull;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.SftpLimits;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's side of one SFTP channel: bytes of the client go in, packets come out.
///
/// Requests are done one at a time and in their order, on threads of the tree. While there is
/// something to do, exactly one task is handed over or runs; it works for some milliseconds and
/// then goes to the end of the line, so that no channel holds a thread. A channel without requests
/// has none, and no buffers. What a client can pile up is bounded by its window: bytes count as
/// dealt with only when their request is. When the client does not read its answers, work stops
/// until it does.
///
/// Safe for use by many threads. Never throws at the server for anything that the client sends.
public final class SftpChannel implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SftpChannel.class);

  /// With more than this on its way to the client, no further request is begun.
  private static final long MAX_PENDING_BYTES = 512 << 10;

  private static final long SLICE_NANOS = 5_000_000;

  /// Smaller amounts are told to the server together.
  private static final int CONSUMED_BYTES = 64 << 10;

  private final FileTree tree;
  private final Supplier<SftpLimits> limits;
  private final HandleCount total;
  private final OwnerNames names;
  private final InstantSource clock;
  private final LongSupplier ticks;
  private final Output output;

  private final ReentrantLock lock = new ReentrantLock();
  private final Inbox inbox = new Inbox(); // guarded by lock
  private boolean working; // guarded by lock: a task is handed over or runs
  private boolean finished; // guarded by lock: everything is closed
  private volatile boolean failed;
  private volatile boolean closed;

  /// Used by the task only, as the rest.
  private @Nullable SftpSession session;

  /// One that was taken out of the inbox and has to wait for a thread for long work.
  private SftpSession.@Nullable Request waiting;

  private int waitingBytes;
  private int consumed;

  /// Small answers that have not been handed on yet.
  private final Gathering answers;

  /// Where packets go. Called on threads of the tree, `fail` also on that which called the channel.
  public interface Output {
    /// Takes one or more whole packets, each with its length in front, in a buffer with an
    /// accessible array. Owns the buffer from here on. Keeps the order. Never blocks.
    void send(ByteBuffer packet);

    /// Bytes that were handed to [#send] and are not on their way yet. When they are many, the
    /// channel begins no request until [SftpChannel#drained] is called.
    long pending();

    /// So many bytes of the client are dealt with: it may send that many more.
    void consumed(int bytes);

    /// The client does not speak the protocol, or no thread takes its work: the channel has to be
    /// closed. Called once at most.
    ///
    /// @param reason for the log
    void fail(String reason);
  }

  /// @param limits asked at each use
  /// @param total counts the handles of all channels
  /// @param names of the numbers that files are shown with
  public SftpChannel(
      FileTree tree,
      Supplier<SftpLimits> limits,
      HandleCount total,
      OwnerNames names,
      Output output) {
    this(tree, limits, total, names, InstantSource.system(), System::nanoTime, output);
  }

  /// @param clock tells which times are long ago
  /// @param ticks nanoseconds, for sharing threads
  SftpChannel(
      FileTree tree,
      Supplier<SftpLimits> limits,
      HandleCount total,
      OwnerNames names,
      InstantSource clock,
      LongSupplier ticks,
      Output output) {
    this.tree = requireNonNull(tree, "tree");
    this.limits = requireNonNull(limits, "limits");
    this.total = requireNonNull(total, "total");
    this.names = requireNonNull(names, "names");
    this.clock = requireNonNull(clock, "clock");
    this.ticks = requireNonNull(ticks, "ticks");
    this.output = requireNonNull(output, "output");
    this.answers = new Gathering(output::send);
  }

  /// Takes bytes of the client, in any pieces, and copies all of them. Never blocks. Called one at
  /// a time.
  public void receive(ByteBuffer data) {
    String refusal = null;
    lock.lock();
    try {
      if (failed || closed) {
        data.position(data.limit());
        return;
      }
      inbox.add(data);
    } catch (Inbox.Malformed e) {
      refusal = String.valueOf(e.getMessage());
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      fail(refusal);
    } else {
      work();
    }
  }

  /// Bytes have left for the client: [Output#pending] has fallen.
  public void drained() {
    work();
  }

  /// The client is gone. Closes what is open, on threads of the tree; a request that is being done
  /// is ended first. Idempotent.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      inbox.clear();
    } finally {
      lock.unlock();
    }
    work();
  }

  private void fail(String reason) {
    lock.lock();
    try {
      if (failed || closed) {
        return;
      }
      failed = true;
      inbox.clear();
    } finally {
      lock.unlock();
    }
    output.fail(reason);
  }

  private boolean backedUp() {
    return output.pending() > MAX_PENDING_BYTES;
  }

  /// Hands over a task if there is something to do and none does it.
  private void work() {
    boolean backedUp = backedUp(); // outside the lock: the server may hold one of its own
    lock.lock();
    try {
      boolean reason = closed ? !finished : !failed && !backedUp && !inbox.isEmpty();
      if (working || !reason) {
        return;
      }
      working = true;
    } finally {
      lock.unlock();
    }
    handOver(/* isLong= */ false);
  }

  private void handOver(boolean isLong) {
    try {
      if (isLong) {
        tree.executeLong(() -> run(/* isLong= */ true));
      } else {
        tree.execute(() -> run(/* isLong= */ false));
      }
    } catch (RuntimeException e) { // of whatever kind: nobody takes the work
      log.atDebug().setCause(e).log("no thread takes the work of a channel");
      notTaken();
    }
  }

  /// Files must not stay open because the tree has no thread: closing them gets one of its own.
  private void notTaken() {
    fail("no thread takes its work");
    if (closed) {
      Thread.ofPlatform().daemon().name("wings-sftp-close").start(() -> run(/* isLong= */ false));
    } else {
      rest();
    }
  }

  /// What happened since the task looked for the last time is not lost.
  private void rest() {
    lock.lock();
    try {
      working = false;
    } finally {
      lock.unlock();
    }
    work();
  }

  private enum Next {
    REST,
    GO_ON,
    GO_ON_LONG
  }

  /// The task. The outermost frame of its thread, as far as this class is concerned.
  private void run(boolean isLong) {
    Next next = Next.REST;
    try {
      next = slice(isLong);
    } catch (Throwable e) { // nothing may leave, and the next channel must not suffer from this one
      log.atError().setCause(e).log("an SFTP channel ends because of a fault");
      fail("internal error");
    }
    switch (next) {
      case REST -> rest();
      case GO_ON -> handOver(/* isLong= */ false);
      case GO_ON_LONG -> handOver(/* isLong= */ true);
    }
  }

  private Next slice(boolean isLong) {
    try {
      return requests(isLong);
    } catch (Inbox.Malformed e) {
      fail(String.valueOf(e.getMessage()));
      return Next.REST;
    } finally {
      answers.flush();
      report();
    }
  }

  private Next requests(boolean isLong) throws Inbox.Malformed {
    long begin = ticks.getAsLong();
    while (true) {
      if (closed) {
        finish();
        return Next.REST;
      }
      if (failed || (waiting == null && backedUp())) { // what was begun does not wait for it
        return Next.REST;
      }
      SftpSession.Request request = next();
      if (request == null) {
        return Next.REST;
      }
      if (request.isLong() && !isLong) {
        waiting = request;
        return Next.GO_ON_LONG;
      }
      answers.add(session().answer(request));
      consumed += waitingBytes;
      if (consumed >= CONSUMED_BYTES) {
        report();
      }
      if (isLong || ticks.getAsLong() - begin > SLICE_NANOS) {
        return Next.GO_ON;
      }
    }
  }

  private SftpSession session() {
    SftpSession result = session;
    if (result == null) {
      result = new SftpSession(tree, limits, total, names, clock, () -> closed || failed);
      session = result;
    }
    return result;
  }

  private SftpSession.@Nullable Request next() throws Inbox.Malformed {
    SftpSession.Request request = waiting;
    if (request != null) {
      waiting = null;
      return request;
    }
    Fields packet;
    lock.lock();
    try {
      packet = inbox.next();
    } finally {
      lock.unlock();
    }
    if (packet == null) {
      return null;
    }
    waitingBytes = Integer.BYTES + packet.remaining();
    return session().parse(packet);
  }

  private void report() {
    if (consumed > 0) {
      int bytes = consumed;
      consumed = 0;
      output.consumed(bytes);
    }
  }

  private void finish() {
    try {
      if (session != null) {
        session.close();
        session = null;
      }
    } finally {
      waiting = null;
      lock.lock();
      try {
        finished = true;
      } finally {
        lock.unlock();
      }
    }
  }
}
