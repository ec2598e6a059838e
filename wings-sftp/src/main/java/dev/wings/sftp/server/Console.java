package dev.wings.sftp.server;

import dev.wings.sftp.shell.Shell;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.apache.sshd.common.SshConstants;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A `shell` or `exec` request at work, on a virtual thread of its own (`sftp.md` 14 and 15). Input
/// waits in a queue that the channel's window bounds; output that the client does not read is
/// dropped beyond [#MAX_PENDING].
final class Console implements SessionChannel.Work, Shell.Terminal {
  private static final int MAX_PENDING = 256 * 1024;
  private static final byte CONTROL_C = 3;
  private static final Logger log = LoggerFactory.getLogger(Console.class);

  private final SessionChannel channel;
  private final Shell shell;
  private final @Nullable String command;
  private final ArrayDeque<byte[]> input = new ArrayDeque<>();
  private @Nullable Thread thread;
  private boolean ended;
  private boolean closed;

  private Console(SessionChannel channel, Shell shell, @Nullable String command) {
    this.channel = channel;
    this.shell = shell;
    this.command = command;
  }

  static Console interactive(SessionChannel channel, Shell shell) {
    return new Console(channel, shell, null);
  }

  static Console command(SessionChannel channel, Shell shell, String command) {
    return new Console(channel, shell, command);
  }

  synchronized void begin() {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("sftp console").start(this::run);
    }
  }

  private void run() {
    try {
      if (command == null) {
        session();
      } else {
        exit(shell.exec(command, this));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the channel is gone
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("the console of an SSH session failed");
      exit(1);
    }
  }

  private void session() throws InterruptedException {
    try (Shell.Session session = shell.open(this)) {
      for (byte[] bytes = next(); bytes != null; bytes = next()) {
        session.input(bytes);
        channel.consumed(bytes.length);
      }
    }
    exit(0);
  }

  private synchronized byte @Nullable [] next() throws InterruptedException {
    while (input.isEmpty() && !closed && !ended) {
      wait();
    }
    return closed ? null : input.poll();
  }

  /// The client sends nothing any more. A session ends when it has dealt with what came before, a
  /// command when it is through.
  synchronized void inputEnded() {
    ended = true;
    notifyAll();
  }

  @Override
  public void receive(byte[] array, int offset, int length) {
    if (command != null) {
      channel.consumed(length); // commands read nothing
      return;
    }
    if (length == 1 && array[offset] == CONTROL_C) {
      disconnect();
      return;
    }
    synchronized (this) {
      if (!closed) {
        input.add(Arrays.copyOfRange(array, offset, offset + length));
        notifyAll();
      }
    }
  }

  @Override
  public void drained() {}

  @Override
  public synchronized void close() {
    closed = true;
    input.clear();
    notifyAll();
    if (command != null && thread != null) {
      thread.interrupt();
    }
  }

  @Override
  public boolean print(String text) {
    if (channel.outbound().pending() > MAX_PENDING) {
      return false;
    }
    channel.outbound().send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    return true;
  }

  @Override
  public void exit(int status) {
    channel.exit(status);
  }

  @Override
  public void disconnect() {
    channel.owner().leave(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "closed by the user");
  }
}
