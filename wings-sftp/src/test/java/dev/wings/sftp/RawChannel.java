package dev.wings.sftp;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.AbstractClientChannel;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/// A channel of a client that sends whatever a test wants.
final class RawChannel extends AbstractClientChannel {
  private final LinkedBlockingQueue<Boolean> replies = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<byte[]> data = new LinkedBlockingQueue<>();
  private volatile boolean silent;

  RawChannel(String type) {
    super(type);
    out = OutputStream.nullOutputStream();
    err = OutputStream.nullOutputStream();
    invertedIn = OutputStream.nullOutputStream();
  }

  @Override
  protected void doOpen() {}

  @Override
  public void handleSuccess() {
    replies.add(true);
  }

  @Override
  public void handleFailure() {
    replies.add(false);
  }

  @Override
  protected void doWriteData(byte[] bytes, int offset, long length) throws IOException {
    if (silent) {
      return;
    }
    data.add(Arrays.copyOfRange(bytes, offset, offset + (int) length));
    getLocalWindow().release(length);
  }

  /// Allows the server no more data than it may send already, and throws that away.
  void fallSilent() {
    silent = true;
  }

  /// Sends a request and waits for the reply.
  boolean request(String type, byte[] payload) throws IOException, InterruptedException {
    Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
    buffer.putUInt(getRecipient());
    buffer.putString(type);
    buffer.putBoolean(true);
    buffer.putRawBytes(payload);
    getSession().writePacket(buffer);
    Boolean reply = replies.poll(20, TimeUnit.SECONDS);
    if (reply == null) {
      throw new AssertionError("no reply to " + type);
    }
    return reply;
  }

  boolean request(String type, String text) throws IOException, InterruptedException {
    ByteArrayBuffer payload = new ByteArrayBuffer();
    payload.putString(text);
    return request(type, payload.getCompactData());
  }

  /// Sends data whatever the server allows, and without counting it.
  void send(byte[] bytes) throws IOException {
    Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_DATA);
    buffer.putUInt(getRecipient());
    buffer.putBytes(bytes);
    getSession().writePacket(buffer);
  }

  /// The same, but waits until the server allows as much.
  void sendWithinWindow(byte[] bytes) throws IOException {
    try {
      getRemoteWindow().waitAndConsume(bytes.length, Duration.ofSeconds(20));
    } catch (InterruptedException e) {
      throw (InterruptedIOException) new InterruptedIOException().initCause(e);
    }
    send(bytes);
  }

  /// The next data, or an error when none comes.
  byte[] receive() throws InterruptedException {
    byte[] bytes = data.poll(20, TimeUnit.SECONDS);
    if (bytes == null) {
      throw new AssertionError("no data");
    }
    return bytes;
  }

  /// Opens `sftp` and sees that it answers.
  RawChannel sftp() throws IOException, InterruptedException {
    if (!request("subsystem", "sftp")) {
      throw new AssertionError("sftp was refused");
    }
    sendWithinWindow(new byte[] {0, 0, 0, 5, 1, 0, 0, 0, 3});
    if (receive()[4] != 2) {
      throw new AssertionError("no version");
    }
    return this;
  }

  RawChannel opened() throws IOException {
    open().verify(Duration.ofSeconds(20));
    return this;
  }

  int failureReason() {
    return openFailureReason;
  }
}
