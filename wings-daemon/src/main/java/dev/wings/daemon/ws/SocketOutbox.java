package dev.wings.daemon.ws;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one connection still has to be sent, and what happens when it does not keep up.
///
/// Frames go to Netty only while the channel is writable, so at most its high-water mark is out of
/// reach. Behind that waits a queue of shared messages, at most [#MAX_QUEUED_BYTES]. When it is
/// full the oldest lines are dropped, down to half of the limit, and counted; the next lines that
/// go out are preceded by exactly one message that tells the number. Of statistics only the newest
/// waits. Other messages are never dropped: a connection that lets [#MAX_QUEUED_BYTES] of those
/// pile up is given up. Confined to the connection's event loop.
final class SocketOutbox {
  /// Limit of the queue, in bytes of the connection's wire format.
  static final int MAX_QUEUED_BYTES = 4 << 20;

  private static final int CROWDED_BYTES = 2 << 20;
  private static final int SHARE_BYTES = 64 << 10;

  private final ChannelHandlerContext context;
  private final Channel channel;
  private final OutboundBudget budget;
  private final FrameBuffer scratch;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private WireFormat format = WireFormat.TEXT;
  private @Nullable Waiting newestStats;
  private long queuedBytes;
  private long skippedLines;
  private long writtenBytes;
  private boolean dirty;
  private boolean discarded;

  /// One message that waits: shared, or made for this connection alone.
  private record Waiting(@Nullable Outgoing shared, @Nullable ByteBuf own, int size, long lines) {
    void release() {
      if (shared != null) {
        shared.release();
      }
      if (own != null) {
        own.release();
      }
    }

    boolean isLines() {
      return lines > 0;
    }
  }

  SocketOutbox(ChannelHandlerContext context, OutboundBudget budget, FrameBuffer scratch) {
    this.context = context;
    this.channel = context.channel();
    this.budget = budget;
    this.scratch = scratch;
  }

  WireFormat format() {
    return format;
  }

  void format(WireFormat next) {
    format = next;
  }

  /// Sends a message to this connection alone.
  void send(String event, List<String> arguments) {
    offer(new Waiting(null, encode(event, arguments), scratch.size(), 0));
  }

  /// Sends lines to this connection alone, one message for each.
  void sendLines(String event, List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    scratch.clear();
    scratch.lines(format, event, lines);
    offer(new Waiting(null, scratch.copyTo(channel.alloc()), scratch.size(), lines.size()));
  }

  /// Sends a shared message. The caller keeps its reference.
  void send(Outgoing message) {
    int size = message.size(format, scratch);
    Waiting waiting = new Waiting(message.retain(), null, size, message.lines());
    if (message.kind() == Outgoing.Kind.STATS && !canWrite()) {
      if (newestStats != null) {
        newestStats.release();
      }
      newestStats = waiting;
      return;
    }
    offer(waiting);
  }

  private void offer(Waiting waiting) {
    if (discarded) {
      waiting.release();
      return;
    }
    if (!channel.isWritable()) {
      flush(); // the network may take what was only written so far
    }
    if (canWrite()) {
      write(waiting);
    } else {
      queue.add(waiting);
      queued(waiting, 1);
      if (queuedBytes > MAX_QUEUED_BYTES || budget.exhausted()) {
        dropOldestLines();
      }
    }
  }

  /// Counts what is queued; shared messages are in the budget already.
  private void queued(Waiting waiting, int sign) {
    queuedBytes += (long) sign * waiting.size();
    if (waiting.own() != null) {
      budget.add((long) sign * waiting.size());
    }
  }

  private boolean canWrite() {
    return queue.isEmpty() && channel.isWritable();
  }

  private void dropOldestLines() {
    Iterator<Waiting> oldest = queue.iterator();
    while (oldest.hasNext() && (queuedBytes > MAX_QUEUED_BYTES / 2 || budget.exhausted())) {
      Waiting waiting = oldest.next();
      if (waiting.isLines()) {
        oldest.remove();
        queued(waiting, -1);
        skippedLines += waiting.lines();
        waiting.release();
      }
    }
  }

  /// True when so much waits that nothing should be added that can be had later.
  boolean crowded() {
    return queuedBytes > CROWDED_BYTES || (queuedBytes > SHARE_BYTES && budget.exhausted());
  }

  /// True when messages that cannot be dropped have filled the queue.
  boolean overflowed() {
    return queuedBytes > MAX_QUEUED_BYTES;
  }

  /// Counts lines that were lost on their way to this connection.
  void lost(long lines) {
    skippedLines += lines;
  }

  /// The channel takes more: sends what waits, as far as it goes.
  ///
  /// @param allowed whether a shared message may still be sent
  void pump(Predicate<Outgoing> allowed) {
    Waiting stats = newestStats;
    if (stats != null && channel.isWritable()) {
      newestStats = null;
      writeIfAllowed(stats, allowed);
    }
    while (channel.isWritable() && !discarded) {
      Waiting next = queue.poll();
      if (next == null) {
        break;
      }
      queued(next, -1);
      writeIfAllowed(next, allowed);
    }
    flush();
  }

  private void writeIfAllowed(Waiting waiting, Predicate<Outgoing> allowed) {
    if (waiting.shared() == null || allowed.test(waiting.shared())) {
      write(waiting);
    } else {
      waiting.release();
    }
  }

  private void write(Waiting waiting) {
    if (waiting.isLines() && skippedLines > 0) {
      long skipped = skippedLines;
      skippedLines = 0;
      writeFrames(encode(EventNames.DAEMON_MESSAGE, List.of(Notices.skipped(skipped))));
    }
    if (waiting.shared() != null) {
      writeFrames(waiting.shared().frames(format, scratch).retainedDuplicate());
      waiting.shared().release();
    } else if (waiting.own() != null) {
      writeFrames(waiting.own());
    }
  }

  private ByteBuf encode(String event, List<String> arguments) {
    scratch.clear();
    scratch.message(format, event, arguments);
    return scratch.copyTo(channel.alloc());
  }

  /// Writes complete frames or a control frame. Takes ownership.
  void writeFrames(ByteBuf frames) {
    writtenBytes += frames.readableBytes();
    dirty = true;
    context.write(frames, channel.voidPromise());
  }

  /// Hands what was written to the network.
  void flush() {
    if (dirty) {
      dirty = false;
      context.flush();
    }
  }

  /// True while the peer has not taken everything.
  boolean waiting() {
    return !queue.isEmpty() || newestStats != null || !channel.isWritable();
  }

  /// A number that grows when the peer takes bytes, and does not while it takes none. Netty adds a
  /// constant for each buffer to what is pending, so it may shrink a little.
  long takenBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return writtenBytes - (pending == null ? 0 : pending.totalPendingWriteBytes());
  }

  /// Lets go of everything that waits; later messages are ignored.
  void discard() {
    discarded = true;
    for (Waiting waiting : queue) {
      queued(waiting, -1);
      waiting.release();
    }
    queue.clear();
    queuedBytes = 0;
    if (newestStats != null) {
      newestStats.release();
      newestStats = null;
    }
  }
}
