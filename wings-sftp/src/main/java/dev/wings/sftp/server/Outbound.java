package dev.wings.sftp.server;

import dev.wings.sftp.limit.MemoryBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.RemoteWindow;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.threads.ThreadUtils;
import org.jspecify.annotations.Nullable;

/// The way of bytes from a channel to its client.
///
/// What is sent waits in a queue until the client's window and the socket take it. It is cut into
/// packets as large as the client allows, across the borders of what was handed over, with one copy
/// into the packet that is then encrypted in place. At most [#IN_FLIGHT] bytes are with the socket,
/// so that a slow client costs what its channel queued and no more. Packets are made on the thread
/// that sends, or on an I/O thread when the socket or the window makes room; never on two at once.
final class Outbound {
  private static final int IN_FLIGHT = 512 * 1024;
  private static final int ENOUGH_UNDER_PRESSURE = 64 * 1024;
  private static final int MAX_PACKET = 32 * 1024;

  private final SessionChannel channel;
  private final MemoryBudget budget;
  private final Runnable drained;
  private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>();
  private long queued;
  private long inFlight;
  private boolean pumping;
  private boolean again;
  private boolean closed;
  private @Nullable Runnable atEnd;

  /// @param budget of all channels together
  /// @param drained called when what is pending has become less
  Outbound(SessionChannel channel, MemoryBudget budget, Runnable drained) {
    this.channel = channel;
    this.budget = budget;
    this.drained = drained;
  }

  /// Takes the buffer over.
  void send(ByteBuffer bytes) {
    synchronized (this) {
      if (closed || atEnd != null || !bytes.hasRemaining()) {
        return;
      }
      queue.add(bytes);
      queued += bytes.remaining();
      budget.use(bytes.remaining());
    }
    pump();
  }

  /// Bytes that have not left yet. When all channels together have too much, even a little looks
  /// like too much, so that nobody produces more before that has left.
  synchronized long pending() {
    long own = queued + inFlight;
    return own > ENOUGH_UNDER_PRESSURE && budget.exceeded() ? Long.MAX_VALUE : own;
  }

  /// Runs something when everything has been handed to the socket; nothing can be sent afterwards.
  void finish(Runnable then) {
    synchronized (this) {
      if (closed || atEnd != null) {
        return;
      }
      atEnd = then;
    }
    pump();
  }

  synchronized void close() {
    closed = true;
    queue.clear();
    budget.release(queued);
    queued = 0;
  }

  /// Sends what can be sent now.
  void pump() {
    synchronized (this) {
      if (pumping) {
        again = true;
        return;
      }
      pumping = true;
    }
    try {
      // as a thread of the library: during a key exchange it queues what others would block on
      ThreadUtils.runAsInternal(() -> {
        packets();
        return null;
      });
    } catch (Exception e) {
      synchronized (this) {
        pumping = false;
      }
      close();
      channel.broke(e);
    }
  }

  private void packets() throws IOException {
    while (true) {
      Buffer packet;
      int size;
      Runnable end = null;
      synchronized (this) {
        size = size();
        if (size == 0) {
          if (again) {
            again = false;
            continue;
          }
          pumping = false;
          if (closed || queued > 0) {
            return;
          }
          end = atEnd;
          atEnd = null;
        }
        packet = null;
        if (size > 0) {
          packet = cut(size);
        }
      }
      if (packet == null) {
        if (end != null) {
          synchronized (this) {
            closed = true;
          }
          end.run();
        }
        return;
      }
      write(packet, size);
    }
  }

  private void write(Buffer packet, int size) throws IOException {
    try {
      channel.write(packet).addListener(_ -> written(size));
    } catch (IOException | RuntimeException e) {
      synchronized (this) {
        inFlight -= size;
        budget.release(size);
      }
      throw e;
    }
  }

  private int size() {
    if (closed || queued == 0 || inFlight >= IN_FLIGHT) {
      return 0;
    }
    RemoteWindow window = channel.getRemoteWindow();
    long most = Math.min(Math.min(window.getPacketSize(), MAX_PACKET), window.getSize());
    return (int) Math.min(most, queued);
  }

  private Buffer cut(int size) {
    Buffer packet = channel.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_DATA, size + 12);
    packet.putUInt(channel.getRecipient());
    packet.putUInt(size);
    int left = size;
    while (left > 0) {
      ByteBuffer head = queue.element();
      int n = Math.min(left, head.remaining());
      int at = packet.wpos();
      packet.ensureCapacity(n);
      head.get(packet.array(), at, n);
      packet.wpos(at + n);
      left -= n;
      if (!head.hasRemaining()) {
        queue.remove();
      }
    }
    queued -= size;
    inFlight += size;
    channel.getRemoteWindow().consume(size);
    return packet;
  }

  private void written(int size) {
    synchronized (this) {
      inFlight -= size;
      budget.release(size);
      if (closed) {
        return;
      }
    }
    pump();
    drained.run();
  }
}
