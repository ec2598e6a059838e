package dev.wings.sftp.server;

import dev.wings.sftp.account.Account;
import dev.wings.sftp.account.Attempt;
import dev.wings.sftp.account.Credential;
import dev.wings.sftp.account.Verdict;
import dev.wings.sftp.limit.Admissions;
import dev.wings.sftp.limit.LoginGate;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service `ssh-userauth` of one connection (RFC 4252; `sftp.md` 4). MINA's own asks for keys
/// on its I/O threads, where nobody may wait for the Panel; this one asks everything on a virtual
/// thread.
///
/// Requests are decided one at a time. While one is being decided the connection's later requests
/// wait in a short queue. All state is guarded by this object's lock, which is never held while the
/// authenticator works.
///
/// What counts: six requests that carry a password or a signature, then the connection ends. Asking
/// whether a key might do (every key might) costs nothing here and is bounded by the limit for
/// keys, so that a client with many keys reaches its password. A key that was refused is not asked
/// about again on the same connection.
final class Login extends AbstractCloseable implements Service {
  static final String SERVICE = "ssh-userauth";
  static final String PUBLIC_KEY = "publickey";
  private static final String PASSWORD = "password";
  private static final String CONNECTION = "ssh-connection";
  private static final int MAX_PROOFS = 6;
  private static final int MAX_WAITING = 8;
  private static final int MAX_QUERIES_MORE = 64;
  private static final Logger log = LoggerFactory.getLogger(Login.class);

  private final SshSession session;
  private final Node node;
  private final Map<String, Object> properties = new ConcurrentHashMap<>();
  private final Set<String> refusedKeys = new HashSet<>();
  private final ArrayDeque<Buffer> waiting = new ArrayDeque<>();
  private @Nullable String userName;
  private int proofs;
  private int queries;
  private boolean deciding;
  private boolean asking;
  private LoginGate.@Nullable Attempt current;

  Login(SshSession session) {
    this.session = session;
    this.node = session.node();
    addCloseFutureListener(_ -> abandoned());
  }

  @Override
  public void start() {}

  @Override
  public Session getSession() {
    return session;
  }

  @Override
  public Map<String, Object> getProperties() {
    return properties;
  }

  private synchronized void abandoned() {
    waiting.clear();
    if (current != null && !asking) {
      current.unanswered(); // gives its place in the queue to others; what was asked stays counted
    }
  }

  @Override
  public synchronized void process(int command, Buffer buffer) throws Exception {
    if (session.isAuthenticated()) {
      return; // RFC 4252, 5.1: silently ignored
    }
    if (command != SshConstants.SSH_MSG_USERAUTH_REQUEST) {
      throw new SshException(
          SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "message " + command + " before login");
    }
    if (!deciding) {
      request(buffer);
    } else if (waiting.size() < MAX_WAITING) {
      waiting.add(
          ByteArrayBuffer.getCompactClone(buffer.array(), buffer.rpos(), buffer.available()));
    } else {
      session.end("too many requests at once");
    }
  }

  private void request(Buffer buffer) throws IOException {
    String user = buffer.getString();
    String service = buffer.getString();
    String method = buffer.getString();
    if (!service.equals(CONNECTION)) {
      session.leave(SshConstants.SSH2_DISCONNECT_SERVICE_NOT_AVAILABLE, "no such service");
      return;
    }
    if (userName != null && !userName.equals(user)) {
      session.leave(SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "change of user name");
      return;
    }
    userName = user;
    switch (method) {
      case PASSWORD -> password(user, buffer);
      case PUBLIC_KEY -> key(user, service, KeyProof.read(buffer));
      default -> reject(); // "none" asks for the list of methods; others do not exist here
    }
  }

  private void password(String user, Buffer buffer) throws IOException {
    boolean change = buffer.getBoolean();
    String password = buffer.getString();
    if (!node.limits().get().passwords() || change) {
      reject();
    } else if (counts()) {
      attempt(user, new Credential.Password(password), LoginGate.Method.PASSWORD);
    }
  }

  private void key(String user, String service, KeyProof proof) throws IOException {
    if (!proof.signed()) {
      if (++queries > node.limits().get().keyAttempts() + MAX_QUERIES_MORE) {
        session.leave(SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, "too many keys");
      } else if (proof.acceptable()) {
        mightDo(proof);
      } else {
        reject();
      }
      return;
    }
    if (!counts()) {
      return;
    }
    if (!proof.holds(session, session.getSignatureFactories(), user, service)
        || refusedKeys.contains(proof.line())) {
      reject();
      return;
    }
    attempt(user, new Credential.PublicKey(proof.line()), LoginGate.Method.KEY);
  }

  /// Counts a request that carries a proof.
  private boolean counts() {
    if (++proofs <= MAX_PROOFS) {
      return true;
    }
    session.leave(
        SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, "too many attempts to log in");
    return false;
  }

  private void attempt(String user, Credential credential, LoginGate.Method method)
      throws IOException {
    if (!node.authenticator().plausible(user)) {
      AccessLog.failed(user, credential.method(), "no such name", session.client());
      markFailed();
      reject();
      return;
    }
    Optional<LoginGate.Attempt> begun =
        node.gate().begin(session.client().getAddress(), user, method);
    if (begun.isEmpty()) {
      AccessLog.limited(user, credential.method(), session.client());
      markFailed();
      session.leave(
          SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
          "too many attempts to log in");
      return;
    }
    LoginGate.Attempt attempt = begun.get();
    current = attempt;
    deciding = true;
    attempt.ask(
        () -> Thread.ofVirtual().name("sftp login").start(() -> decide(user, credential, attempt)),
        () -> {
          AccessLog.unanswered(user, credential.method(), "too busy", session.client());
          attempt.unanswered();
          decided(() -> reject());
        });
  }

  private void decide(String user, Credential credential, LoginGate.Attempt attempt) {
    Verdict verdict;
    synchronized (this) {
      if (session.isClosing()) {
        attempt.unanswered();
        return;
      }
      asking = true;
    }
    try {
      verdict =
          node.authenticator()
              .decide(
                  new Attempt(user, session.client().getAddress(), clientVersion()), credential);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("the authenticator failed");
      verdict = new Verdict.Unavailable("failed");
    }
    switch (verdict) {
      case Verdict.Accepted(Account account) -> {
        attempt.succeeded();
        decided(() -> accept(user, account, credential.method()));
      }
      case Verdict.Refused(String reason) -> {
        attempt.failed();
        AccessLog.failed(user, credential.method(), reason, session.client());
        markFailed();
        decided(() -> {
          if (credential instanceof Credential.PublicKey(String line)) {
            refusedKeys.add(line);
          }
          reject();
        });
      }
      case Verdict.Unavailable(String reason) -> {
        attempt.unavailable();
        AccessLog.unanswered(user, credential.method(), reason, session.client());
        decided(() -> reject());
      }
    }
  }

  /// What follows a decision.
  @FunctionalInterface
  private interface Answer {
    void give() throws Exception;
  }

  private void decided(Answer answer) {
    try {
      synchronized (this) {
        deciding = false;
        asking = false;
        current = null;
        if (session.isClosing()) {
          return;
        }
        answer.give();
        while (!deciding && !session.isAuthenticated() && !session.isClosing()) {
          Buffer next = waiting.poll();
          if (next == null) {
            break;
          }
          request(next);
        }
      }
    } catch (Exception e) { // the library declares nothing narrower
      session.exceptionCaught(e);
    }
  }

  private void accept(String user, Account account, String method) throws Exception {
    waiting.clear();
    if (session.belongsTo(user, account, method)) {
      session.signalAuthenticationSuccess(AccessLog.name(user), CONNECTION, new ByteArrayBuffer());
    }
  }

  private void reject() throws IOException {
    String methods = node.limits().get().passwords() ? PUBLIC_KEY + "," + PASSWORD : PUBLIC_KEY;
    Buffer answer = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_FAILURE, 64);
    answer.putString(methods);
    answer.putBoolean(false);
    session.writePacket(answer);
  }

  private void mightDo(KeyProof proof) throws IOException {
    Buffer answer =
        session.createBuffer(SshConstants.SSH_MSG_USERAUTH_PK_OK, proof.key().length + 128);
    answer.putString(proof.algorithm());
    answer.putBytes(proof.key());
    session.writePacket(answer);
  }

  private void markFailed() {
    Admissions.Place place = session.place();
    if (place != null) {
      place.failed();
    }
  }

  private String clientVersion() {
    String version = session.getClientVersion();
    return AccessLog.text(version == null ? "" : version);
  }
}
