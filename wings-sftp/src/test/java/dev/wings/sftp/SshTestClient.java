package dev.wings.sftp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.session.helpers.AbstractConnectionService;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;

/// A client that can be made to misbehave.
final class SshTestClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SshClient client;
  private final Map<Session, String> goodbyes = new ConcurrentHashMap<>();
  private final AtomicInteger keepAlives = new AtomicInteger();
  private volatile boolean mute;
  private final int port;

  SshTestClient(int port) {
    this(port, _ -> {});
  }

  /// @param change of what the client is able to do
  SshTestClient(int port, Consumer<SshClient> change) {
    this.port = port;
    client = SshClient.setUpDefaultClient();
    client.setKeyExchangeFactories( // the cheapest
        NamedFactory.setUpTransformedFactories(
            false, List.of(BuiltinDHFactories.curve25519), ClientBuilder.DH2KEX));
    client.setServerKeyVerifier((_, _, _) -> true);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    CoreModuleProperties.PASSWORD_PROMPTS.set(client, 1);
    client.addSessionListener(
        new SessionListener() {
          @Override
          public void sessionDisconnect(
              Session session, int code, String text, String language, boolean ours) {
            if (!ours) {
              goodbyes.put(session, code + " " + text);
            }
          }
        });
    client.setGlobalRequestHandlers(List.of(this::globalRequest));
    change.accept(client);
    client.start();
  }

  private RequestHandler.Result globalRequest(
      ConnectionService service, String request, boolean wantReply, Buffer buffer) {
    if (request.equals("keepalive@openssh.com") && wantReply) {
      keepAlives.incrementAndGet();
    }
    return mute ? RequestHandler.Result.Replied : RequestHandler.Result.ReplyFailure;
  }

  /// How many keep-alives have come.
  int keepAlives() {
    return keepAlives.get();
  }

  /// Answers no keep-alive any more.
  void mute() {
    mute = true;
  }

  ClientSession connect(String user) throws IOException {
    return connect(user, "127.0.0.1");
  }

  /// @param from an address of the loopback
  ClientSession connect(String user, String from) throws IOException {
    return client
        .connect(
            user,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            null,
            new InetSocketAddress(from, 0))
        .verify(PATIENCE)
        .getSession();
  }

  ClientSession login(String user, String password) throws IOException {
    ClientSession session = connect(user);
    session.addPasswordIdentity(password);
    session.auth().verify(PATIENCE);
    return session;
  }

  /// Whether a password is accepted on a connection of its own from the address.
  boolean tryLogin(String user, String password, String from) {
    try (ClientSession session = connect(user, from)) {
      session.addPasswordIdentity(password);
      session.auth().verify(PATIENCE);
      return session.isAuthenticated();
    } catch (IOException refused) {
      return false;
    }
  }

  RawChannel channel(ClientSession session, String type) throws IOException {
    RawChannel channel = new RawChannel(type);
    ((ClientSessionImpl) session)
        .getService(AbstractConnectionService.class)
        .registerChannel(channel);
    return channel;
  }

  /// Sends a global request and waits for the reply.
  ///
  /// @return whether it was granted
  boolean global(ClientSession session, String type, byte[] payload) throws IOException {
    Buffer buffer = session.createBuffer((byte) 80);
    buffer.putString(type);
    buffer.putBoolean(true);
    buffer.putRawBytes(payload);
    return session.request(type, buffer, PATIENCE) != null;
  }

  /// What the server said at the end, or null.
  String goodbye(ClientSession session) {
    return goodbyes.getOrDefault(session, "");
  }

  static KeyPair key() throws GeneralSecurityException {
    return KeyUtils.generateKeyPair("ssh-ed25519", 256);
  }

  static String line(KeyPair key) {
    return PublicKeyEntry.toString(key.getPublic());
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.close(true);
  }
}
