package dev.wings.sftp.server;

import dev.wings.sftp.account.Account;
import dev.wings.sftp.limit.Admissions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.ServerFactoryManager;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection.
///
/// Before somebody has logged in it is held short: one key exchange, [#MAX_BYTES_BEFORE_LOGIN]
/// bytes and [#TIME_TO_LOG_IN] (SF-02). Afterwards it belongs to an [Account], which can end it at
/// any time. Whatever a client sends ends its own connection at worst, with a line at debug level:
/// scanners must not fill the log.
final class SshSession extends ServerSessionImpl {
  static final Duration TIME_TO_LOG_IN = Duration.ofSeconds(30);
  private static final Duration PATIENCE_WITH_OFFER = Duration.ofSeconds(2);
  static final Duration KEEP_ALIVE = Duration.ofSeconds(60);
  static final int KEEP_ALIVES_UNANSWERED = 3;
  static final Duration IDLE = Duration.ofMinutes(10);
  private static final Duration GOODBYE = Duration.ofSeconds(1);
  private static final int MIN_PACKET = 5;
  private static final int MAX_PACKET = 256 * 1024;
  private static final int MAX_BYTES_BEFORE_LOGIN = 128 * 1024;
  private static final Logger quiet = LoggerFactory.getLogger("dev.wings.sftp.connection");

  /// What has become of the server's algorithms for the first key exchange.
  private enum Offer {
    NOT_YET,
    HELD_BACK,
    SENT
  }

  private final Node node;
  private final InetSocketAddress client;
  private final long startedAt;
  private Admissions.@Nullable Place place;
  private final AtomicInteger keepAlivesUnanswered = new AtomicInteger();
  private volatile long heardAt;
  private volatile long keptAliveAt;
  private long bytesBeforeLogin;
  private boolean exchangedKeys;
  private final Object offerLock = new Object();
  private Offer offer = Offer.NOT_YET;
  private volatile String user = "-";
  private volatile boolean over;
  private @Nullable Account account;
  private Account.@Nullable Subscription subscription;

  SshSession(ServerFactoryManager manager, IoSession io, Node node) throws Exception {
    super(manager, io);
    this.node = node;
    this.client = (InetSocketAddress) io.getRemoteAddress();
    this.startedAt = node.nanoTime().getAsLong();
    this.heardAt = startedAt;
    this.keptAliveAt = startedAt;
    node.sessions().add(this);
    addCloseFutureListener(_ -> ended());
  }

  /// Gives the session its place among those that have not logged in.
  void hold(Admissions.Place place) {
    this.place = place;
  }

  Admissions.@Nullable Place place() {
    return place;
  }

  Node node() {
    return node;
  }

  InetSocketAddress client() {
    return client;
  }

  /// The user whose account this is; only after login.
  Account account() {
    Account known = account;
    if (known == null) {
      throw new IllegalStateException("nobody has logged in");
    }
    return known;
  }

  @Override
  public void messageReceived(Readable buffer) throws Exception {
    if (over) {
      return;
    }
    heardAt = node.nanoTime().getAsLong();
    keepAlivesUnanswered.set(0);
    if (!isAuthenticated()) {
      bytesBeforeLogin += buffer.available();
      if (bytesBeforeLogin > MAX_BYTES_BEFORE_LOGIN) {
        end("too much data before login");
        return;
      }
    }
    super.messageReceived(buffer);
  }

  /// Ends a client that sends something else than packets, before the library writes two warnings
  /// about it.
  @Override
  protected void decode() throws Exception {
    if (inCipher == null && decoderState == 0 && decoderBuffer.available() >= Integer.BYTES) {
      long length = decoderBuffer.rawUInt(decoderBuffer.rpos());
      if (length < MIN_PACKET || length > MAX_PACKET) {
        end("not a packet");
        return;
      }
    }
    super.decode();
  }

  /// Sends the server's algorithms; the first time not before those of a client that is known to
  /// send its own without waiting, see [Algorithms].
  @Override
  protected byte[] sendKexInit() throws Exception {
    synchronized (offerLock) {
      if (offer == Offer.NOT_YET && Algorithms.sendsItsOwnFirst(getClientVersion())) {
        offer = Offer.HELD_BACK;
        return new byte[0];
      }
      offer = Offer.SENT;
    }
    return super.sendKexInit();
  }

  @Override
  protected void handleKexInit(Buffer buffer) throws Exception {
    if (!isAuthenticated() && exchangedKeys) {
      end("key exchange before login");
      return;
    }
    exchangedKeys = true;
    int start = buffer.rpos();
    sendHeldBackOffer(Algorithms.knowsGcm(buffer));
    buffer.rpos(start);
    super.handleKexInit(buffer);
  }

  private void sendHeldBackOffer(boolean gcmOnly) throws Exception {
    synchronized (offerLock) {
      if (offer != Offer.HELD_BACK) {
        return;
      }
      offer = Offer.SENT;
    }
    if (gcmOnly) {
      setCipherFactories(Algorithms.gcmCiphers());
    }
    super.sendKexInit();
  }

  /// Binds the connection to whom it belongs.
  ///
  /// @return false when the user has too many connections; then it is over
  boolean belongsTo(String userName, Account owner, String method) throws IOException {
    synchronized (this) {
      if (over || isClosing()) {
        return false;
      }
      if (!node.owners().take(owner.owner(), node.limits().get().connectionsPerUser())) {
        AccessLog.disconnected(userName, "too many connections", client);
        over = true;
        disconnect(SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS, "too many connections");
        return false;
      }
      account = owner;
      user = AccessLog.name(userName);
    }
    Admissions.Place held = place;
    if (held != null) {
      held.loggedIn();
    }
    AccessLog.accepted(userName, method, owner.owner(), client);
    Account.Subscription made = owner.onRevocation(this::revoked);
    synchronized (this) {
      if (!isClosed()) {
        subscription = made;
        return !over;
      }
    }
    made.close();
    return false;
  }

  private void revoked(String reason) {
    AccessLog.disconnected(user, reason, client);
    leave(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, reason);
  }

  /// Ends the connection as far as the client is concerned at once: nothing that it sends is looked
  /// at any more.
  void leave(int code, String reason) {
    over = true;
    if (currentService.getService() instanceof Requests requests) {
      requests.stopWork();
    }
    try {
      disconnect(code, reason);
    } catch (IOException | RuntimeException e) {
      quiet.debug("could not say goodbye to {}: {}", client, AccessLog.text(String.valueOf(e)));
      close(true);
    }
  }

  /// Says goodbye and ends the connection when that is on its way, or after a second.
  @Override
  public void disconnect(int code, String reason) throws IOException {
    Buffer goodbye = createBuffer(SshConstants.SSH_MSG_DISCONNECT, reason.length() + 64);
    goodbye.putInt(code);
    goodbye.putString(reason);
    goodbye.putString("");
    writePacket(goodbye, GOODBYE).addListener(_ -> close(true));
  }

  /// Ends a connection that nobody logged in to, or that broke the protocol, without a word.
  void end(String reason) {
    over = true;
    quiet.debug("connection of {} ended: {}", client, AccessLog.text(reason));
    close(true);
  }

  @Override
  public void exceptionCaught(Throwable problem) {
    if (isClosing()) {
      return;
    }
    String what = AccessLog.text(String.valueOf(problem.getMessage()));
    quiet.debug("connection of {} broke: {} {}", client, problem.getClass().getName(), what);
    over = true;
    close(true);
  }

  /// Called about each second, on the server's timer.
  void checkTime() {
    long now = node.nanoTime().getAsLong();
    if (!isAuthenticated()) {
      if (now - startedAt > TIME_TO_LOG_IN.toNanos()) {
        end("did not log in in time");
      } else if (now - startedAt > PATIENCE_WITH_OFFER.toNanos()) {
        offerAnyway();
      }
      return;
    }
    if (now - heardAt > IDLE.toNanos()) {
      AccessLog.disconnected(user, "idle", client);
      leave(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "idle");
    } else if (now - keptAliveAt > KEEP_ALIVE.toNanos() && now - heardAt > KEEP_ALIVE.toNanos()) {
      keepAlive(now);
    }
  }

  /// For a client that says it is one which sends its algorithms at once, and does not.
  private void offerAnyway() {
    try {
      sendHeldBackOffer(false);
    } catch (Exception e) { // the library declares nothing narrower
      exceptionCaught(e);
    }
  }

  private void keepAlive(long now) {
    keptAliveAt = now;
    if (keepAlivesUnanswered.incrementAndGet() > KEEP_ALIVES_UNANSWERED) {
      AccessLog.disconnected(user, "no answer", client);
      end("no answer to keep-alives");
      return;
    }
    try {
      Buffer buffer = createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST, 40);
      buffer.putString("keepalive@openssh.com");
      buffer.putBoolean(true);
      writePacket(buffer); // whatever the answer is, it is a sign of life
    } catch (IOException | RuntimeException e) {
      exceptionCaught(e);
    }
  }

  private void ended() {
    node.sessions().remove(this);
    Admissions.Place held = place;
    if (held != null) {
      held.close();
    }
    Account owner;
    Account.Subscription open;
    synchronized (this) {
      owner = account;
      open = subscription;
      subscription = null;
    }
    if (open != null) {
      open.close();
    }
    if (owner != null) {
      node.owners().release(owner.owner());
    }
  }

  @Override
  public String toString() {
    return "connection of " + user + " from " + client;
  }
}
