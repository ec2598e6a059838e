package dev.wings.sftp.server;

import java.io.IOException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.RequestHandler.Result;
import org.apache.sshd.common.forward.Forwarder;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.ServerConnectionService;

/// The service `ssh-connection` of one connection (RFC 4254): opens session channels within the
/// limit and refuses everything else that the protocol or the library knows (SF-07): every other
/// type of channel, forwarding in both directions, agents, X11.
final class Requests extends ServerConnectionService {
  static final String SERVICE = "ssh-connection";
  private static final String NO_MORE_SESSIONS = "no-more-sessions@openssh.com";

  private final SshSession session;

  Requests(SshSession session) throws SshException {
    super(session);
    this.session = session;
  }

  @Override
  protected void channelOpen(Buffer buffer) throws Exception {
    int start = buffer.rpos();
    String type = buffer.getString();
    long sender = buffer.getUInt();
    long window = buffer.getUInt();
    long packet = buffer.getUInt();
    if (!type.equals(SessionChannel.TYPE)) {
      refuse(buffer, sender, SshConstants.SSH_OPEN_UNKNOWN_CHANNEL_TYPE, "unknown channel type");
    } else if (packet < SessionChannel.MIN_PACKET || window > Integer.MAX_VALUE * 2L + 1) {
      refuse(buffer, sender, SshConstants.SSH_OPEN_CONNECT_FAILED, "packets too small");
    } else if (tooMany()) {
      refuse(buffer, sender, SshConstants.SSH_OPEN_RESOURCE_SHORTAGE, "too many channels");
    } else {
      buffer.rpos(start);
      super.channelOpen(buffer);
    }
  }

  /// Channels that the client has finished with do not count, up to as many again: the others are
  /// still being closed.
  private boolean tooMany() {
    int most = session.node().limits().get().channelsPerConnection();
    long open = getChannels().stream().filter(c -> !c.isEofSignalled()).count();
    return open >= most || getChannels().size() >= 2 * most;
  }

  private void refuse(Buffer buffer, long sender, int reason, String text) throws IOException {
    sendChannelOpenFailure(buffer, sender, reason, text, "");
  }

  @Override
  protected IoWriteFuture globalRequest(Buffer buffer) throws Exception {
    String request = buffer.getString();
    boolean wantsReply = buffer.getBoolean();
    boolean done = request.equals(NO_MORE_SESSIONS);
    if (done) {
      setAllowMoreSessions(false);
    }
    Result result = done ? Result.ReplySuccess : Result.ReplyFailure;
    return sendGlobalResponse(buffer, "request", result, wantsReply);
  }

  @Override
  public void channelOpenConfirmation(Buffer buffer) throws IOException {
    throw neverOpened();
  }

  @Override
  public void channelOpenFailure(Buffer buffer) throws IOException {
    throw neverOpened();
  }

  private static SshException neverOpened() {
    return new SshException(
        SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "answer to a channel that was never opened");
  }

  @Override
  protected Forwarder createForwardingFilter(Session ignored) {
    throw new UnsupportedOperationException("nothing is forwarded");
  }

  /// Ends what runs in the channels, at once.
  void stopWork() {
    for (Channel channel : getChannels()) {
      if (channel instanceof SessionChannel ours) {
        ours.stopWork();
      }
    }
  }
}
