package dev.wings.sftp.server;

import dev.wings.sftp.account.Account;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.shell.Shell;
import dev.wings.sftp.subsystem.SftpChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.RequestHandler.Result;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.server.channel.AbstractServerChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A channel of type `session` (`sftp.md` 8). One request gives it its purpose: `subsystem sftp`,
/// `shell` or `exec`; every other request is refused. Runs on I/O threads and never waits.
final class SessionChannel extends AbstractServerChannel {
  static final String TYPE = "session";

  /// Most data of the client in one packet, in bytes.
  static final int PACKET = 32 * 1024;

  /// Smallest packet of the client, in bytes, that is worth talking to.
  static final int MIN_PACKET = 64;

  private static final Logger quiet = LoggerFactory.getLogger("dev.wings.sftp.connection");

  private final SshSession owner;
  private final Outbound outbound;
  private final InboundWindow inbound;
  private volatile @Nullable Work work;

  /// What the channel is for. All methods return at once.
  interface Work {
    void receive(byte[] array, int offset, int length);

    void drained();

    void close();
  }

  SessionChannel(SshSession owner) {
    super(null);
    this.owner = owner;
    this.outbound = new Outbound(this, owner.node().outbound(), this::drained);
    this.inbound = new InboundWindow(owner.node().inbound());
    addCloseFutureListener(_ -> stopWork());
  }

  Outbound outbound() {
    return outbound;
  }

  SshSession owner() {
    return owner;
  }

  @Override
  public void handleRequest(Buffer buffer) throws IOException {
    String type = buffer.getString();
    boolean wantsReply = buffer.getBoolean();
    boolean done;
    try {
      done =
          switch (type) {
            case "subsystem" -> subsystem(buffer.getString());
            case "shell" -> shell();
            case "exec" -> exec(buffer.getString());
            case "pty-req" -> account().shell().isPresent();
            default ->
                false; // env, x11-req, auth-agent-req@openssh.com, signal, window-change, ...
          };
    } catch (BufferException malformed) {
      done = false;
    }
    sendResponse(buffer, "request", done ? Result.ReplySuccess : Result.ReplyFailure, wantsReply);
    Work begun = work;
    if (done && begun instanceof Console console) {
      console.begin(); // behind the reply, which some clients want to see first
    }
  }

  private Account account() {
    return owner.account();
  }

  private boolean subsystem(String name) {
    if (!name.equals("sftp") || work != null) {
      return false;
    }
    work = new SftpWork(this, owner.node(), account().files());
    return true;
  }

  private boolean shell() {
    Optional<Shell> shell = work == null ? account().shell() : Optional.empty();
    shell.ifPresent(s -> work = Console.interactive(this, s));
    return shell.isPresent();
  }

  private boolean exec(String command) {
    Optional<Shell> shell = work == null ? account().shell() : Optional.empty();
    shell.ifPresent(s -> work = Console.command(this, s, command));
    return shell.isPresent();
  }

  /// Instead of the library's own window, which cannot grow.
  @Override
  protected long validateIncomingDataSize(int command, long length) throws IOException {
    if (length < 0 || length > PACKET || !inbound.receive(length)) {
      throw new SshException(
          SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "more data than the window allows");
    }
    return length;
  }

  @Override
  protected void doWriteData(byte[] data, int offset, long length) throws IOException {
    Work running = work;
    if (running == null || isEofSignalled()) {
      consumed(length);
    } else {
      running.receive(data, offset, (int) length);
    }
  }

  @Override
  protected void doWriteExtendedData(byte[] data, int offset, long length) throws IOException {
    consumed(length);
  }

  @Override
  public void handleWindowAdjust(Buffer buffer) throws IOException {
    super.handleWindowAdjust(buffer);
    outbound.pump();
  }

  @Override
  public void handleEof() throws IOException {
    if (isEofSignalled()) {
      return; // the library warns of each further one, so that a client could fill the log
    }
    super.handleEof();
    Work running = work;
    if (running instanceof Console console) {
      console.inputEnded();
      return;
    }
    stopWork();
    exit(0);
  }

  /// Lets the client send so many bytes more.
  void consumed(long bytes) {
    try {
      int more = inbound.dealtWith(bytes);
      if (more > 0 && !isClosing()) {
        sendWindowAdjust(more);
      }
    } catch (IOException | RuntimeException e) {
      broke(e);
    }
  }

  /// Sends an exit status behind everything else and closes the channel.
  void exit(int status) {
    outbound.finish(() -> {
      try {
        sendExitStatus(status);
        sendEof();
      } catch (IOException | RuntimeException e) {
        broke(e);
      }
      close(false);
    });
  }

  /// Sends a packet of this channel as it is.
  IoWriteFuture write(Buffer packet) throws IOException {
    return writePacket(packet);
  }

  void fail(String reason) {
    quiet.debug("channel of {} closed: {}", owner.client(), AccessLog.text(reason));
    stopWork();
    close(false);
  }

  void broke(Exception problem) {
    quiet.debug("channel of {} broke: {}", owner.client(), AccessLog.text(String.valueOf(problem)));
    stopWork();
    close(true);
  }

  private void drained() {
    Work running = work;
    if (running != null) {
      running.drained();
    }
  }

  /// Ends what runs here. Idempotent.
  void stopWork() {
    Work running = work;
    if (running != null) {
      running.close();
    }
  }

  @Override
  protected void preClose() {
    outbound.close();
    inbound.close();
    stopWork();
    super.preClose();
  }

  /// The `sftp` subsystem of a channel.
  private static final class SftpWork implements Work, SftpChannel.Output {
    private final SessionChannel channel;
    private final SftpChannel sftp;

    SftpWork(SessionChannel channel, Node node, FileTree tree) {
      this.channel = channel;
      this.sftp = new SftpChannel(tree, node.limits(), node.handles(), node.names(), this);
    }

    @Override
    public void receive(byte[] array, int offset, int length) {
      sftp.receive(ByteBuffer.wrap(array, offset, length));
    }

    @Override
    public void drained() {
      sftp.drained();
    }

    @Override
    public void close() {
      sftp.close();
    }

    @Override
    public void send(ByteBuffer packet) {
      channel.outbound.send(packet);
    }

    @Override
    public long pending() {
      return channel.outbound.pending();
    }

    @Override
    public void consumed(int bytes) {
      channel.consumed(bytes);
    }

    @Override
    public void fail(String reason) {
      channel.fail(reason);
    }
  }
}
