package dev.wings.sftp;

import dev.wings.sftp.account.Attempt;
import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.account.Credential;
import dev.wings.sftp.account.Verdict;
import dev.wings.sftp.files.PlainTree;
import dev.wings.sftp.limit.Admissions;
import dev.wings.sftp.limit.SftpLimits;
import dev.wings.sftp.server.HostKeys;
import dev.wings.sftp.shell.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A server over a directory, with an authenticator that knows passwords and keys and remembers
/// what it was asked.
public final class TestServer implements AutoCloseable {
  public static final String USER = "alice.0a1b2c3d";
  public static final String PASSWORD = "correct horse";

  private final Path files;
  private final Map<String, String> passwords = new ConcurrentHashMap<>(Map.of(USER, PASSWORD));
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final List<Attempt> attempts = new CopyOnWriteArrayList<>();
  private final List<Credential> credentials = new CopyOnWriteArrayList<>();
  private final Map<String, TestAccount> accounts = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(4, Thread.ofPlatform().daemon().name("files ", 0).factory());
  private volatile SftpLimits limits = SftpLimits.DEFAULT;
  private volatile @Nullable Shell shell;
  private volatile BiFunction<Attempt, Credential, Verdict> decision = this::byList;
  private final SftpServer server;

  private TestServer(Path directory, UnaryOperator<SftpServer.Builder> change) throws IOException {
    this.files = Files.createDirectories(directory.resolve("files"));
    this.server =
        change
            .apply(
                SftpServer.builder()
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .hostKey(HostKeys.loadOrCreate(directory.resolve("keys"), "ssh-ed25519"))
                    .authenticator(new Decisions())
                    .limits(() -> limits))
            .start();
  }

  public static TestServer start(Path directory) throws IOException {
    return new TestServer(directory, b -> b);
  }

  public static TestServer start(Path directory, UnaryOperator<SftpServer.Builder> change)
      throws IOException {
    return new TestServer(directory, change);
  }

  /// Bounds that do not get in the way of many connections from one address.
  public static UnaryOperator<SftpServer.Builder> roomy() {
    return b -> b.admissions(new Admissions.Bounds(10_000, 10_000, 1_000_000, 1_000_000));
  }

  private final class Decisions implements Authenticator {
    @Override
    public boolean plausible(String userName) {
      return userName.matches(".+\\.[0-9a-f]{8}");
    }

    @Override
    public Verdict decide(Attempt attempt, Credential credential) {
      attempts.add(attempt);
      credentials.add(credential);
      return decision.apply(attempt, credential);
    }
  }

  private Verdict byList(Attempt attempt, Credential credential) {
    String user = attempt.userName();
    boolean good =
        switch (credential) {
          case Credential.Password(String password) -> password.equals(passwords.get(user));
          case Credential.PublicKey(String line) -> line.equals(keys.get(user));
        };
    return good ? new Verdict.Accepted(account(user)) : new Verdict.Refused("wrong");
  }

  TestAccount account(String user) {
    return accounts.computeIfAbsent(
        user,
        _ -> {
          try {
            return new TestAccount(user, new PlainTree(files, threads), shell);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  public int port() {
    return server.address().getPort();
  }

  public SftpServer server() {
    return server;
  }

  /// The directory that clients see.
  public Path files() {
    return files;
  }

  public void limit(SftpLimits limits) {
    this.limits = limits;
  }

  void shell(Shell shell) {
    this.shell = shell;
  }

  void decide(BiFunction<Attempt, Credential, Verdict> decision) {
    this.decision = decision;
  }

  void password(String user, String password) {
    passwords.put(user, password);
  }

  /// @param line algorithm and base64
  public void key(String user, String line) {
    keys.put(user, line);
  }

  List<Attempt> attempts() {
    return attempts;
  }

  List<Credential> credentials() {
    return credentials;
  }

  @Override
  public void close() {
    server.close();
    threads.shutdownNow();
  }
}
