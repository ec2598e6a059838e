package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request body on its way from the event loop to the request's thread. Holds little: above
/// [#HIGH_BYTES] the connection is not read any more, until the handler has caught up.
///
/// A client that brings less than the minimum while the handler waits is too slow and fails the
/// stream; time that the handler itself spends elsewhere does not count.
final class RequestBodyStream extends RequestBody {
  static final int HIGH_BYTES = 512 << 10;
  private static final int LOW_BYTES = 128 << 10;

  /// What the stream asks of its connection; may be called from any thread.
  interface Source {
    /// The handler wants the body: a client that waits for "100 Continue" may begin.
    void begin();

    /// Reads the socket again.
    void resume();

    /// Stops reading the socket.
    void suspend();
  }

  private final Source source;
  private final HttpLimits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();

  private int queued;
  private boolean suspended;
  private boolean begun;
  private boolean ended;
  private boolean closed;
  private @Nullable IOException failure;
  private long waitedNanos;
  private long receivedWhileWaiting;

  RequestBodyStream(Source source, HttpLimits limits) {
    this.source = source;
    this.limits = limits;
  }

  /// Takes over a chunk. Event loop.
  void offer(ByteBuf chunk) {
    lock.lock();
    try {
      if (closed || failure != null || !chunk.isReadable()) {
        chunk.release();
        return;
      }
      chunks.add(chunk);
      queued += chunk.readableBytes();
      receivedWhileWaiting += chunk.readableBytes();
      if (queued > HIGH_BYTES && !suspended) {
        suspended = true;
        source.suspend();
      }
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /// The body is complete. Event loop.
  void end() {
    lock.lock();
    try {
      ended = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /// The body will never be complete. Event loop.
  void fail(IOException cause) {
    lock.lock();
    try {
      if (!ended && failure == null) {
        failure = cause;
        discard();
      }
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      ByteBuf chunk = await();
      if (chunk == null) {
        return -1;
      }
      int count = Math.min(length, chunk.readableBytes());
      chunk.readBytes(target, offset, count);
      queued -= count;
      if (!chunk.isReadable()) {
        chunks.remove().release();
      }
      resumeWhenLow();
      return count;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long drainTo(Sink sink) throws IOException {
    long total = 0;
    for (ByteBuf chunk = take(); chunk != null; chunk = take()) {
      try {
        total += chunk.readableBytes();
        for (ByteBuffer part : chunk.nioBuffers()) {
          sink.take(part);
        }
      } finally {
        chunk.release();
      }
    }
    return total;
  }

  /// The next chunk, which is the caller's from now on; null at the end.
  private @Nullable ByteBuf take() throws IOException {
    lock.lock();
    try {
      ByteBuf chunk = await();
      if (chunk != null) {
        chunks.remove();
        queued -= chunk.readableBytes();
        resumeWhenLow();
      }
      return chunk;
    } finally {
      lock.unlock();
    }
  }

  private void resumeWhenLow() {
    if (suspended && queued <= LOW_BYTES) {
      suspended = false;
      source.resume();
    }
  }

  @Override
  public int available() {
    lock.lock();
    try {
      return queued;
    } finally {
      lock.unlock();
    }
  }

  /// Throws away what was not read.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      discard();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable ByteBuf await() throws IOException {
    if (!begun) {
      begun = true;
      source.begin();
    }
    while (chunks.isEmpty()) {
      if (failure != null) {
        throw failure;
      }
      if (closed) {
        throw new IOException("stream is closed");
      }
      if (ended) {
        return null;
      }
      awaitMore();
    }
    return chunks.peek();
  }

  private void awaitMore() throws IOException {
    long window = limits.streamWindow().toNanos();
    if (receivedWhileWaiting >= limits.streamMinimumBytes()) {
      waitedNanos = 0;
      receivedWhileWaiting = 0;
    }
    if (waitedNanos >= window) {
      throw new BodyException(408, "client sends too slowly");
    }
    long budget = window - waitedNanos;
    try {
      long left = arrived.awaitNanos(budget);
      waitedNanos += budget - Math.max(0, left);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the client");
    }
  }

  private void discard() {
    chunks.forEach(ByteBuf::release);
    chunks.clear();
    queued = 0;
  }
}
