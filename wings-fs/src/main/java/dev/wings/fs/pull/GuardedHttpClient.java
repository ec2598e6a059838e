package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Fetches URLs that users name. The one way to do that: it connects only to addresses that an
/// [AddressPolicy] allows (`threats.md` SR-01 to SR-06).
///
/// A host is looked up once; each address of the answer is judged, and the connection goes to a
/// judged address, while TLS and the `Host` header keep the name. There is no second lookup that
/// could answer differently, no proxy, no other protocol than HTTP/1.1, and nothing is
/// decompressed. Redirects are followed by hand, each as if it were a new URL. `java.net.http` does
/// not do: it takes names and looks them up itself.
///
/// Calls block on sockets. Interrupting the thread ends them, and so does closing the response.
/// Safe for use by many threads.
public final class GuardedHttpClient {
  private static final String USER_AGENT =
      "Calagopus Wings (https://github.com/calagopus/wings)"; // filesystem.md 18.2
  private static final int MAX_REDIRECTS = 10;

  /// Of what a name service answers, so many addresses are looked at.
  private static final int MAX_ADDRESSES = 16;

  private final AddressPolicy policy;
  private final NameResolver resolver;
  private final Connector connector;
  private final Supplier<SSLContext> tls;
  private final FetchTimings timings;

  /// @param tls decides which certificates are trusted; asked for each connection that needs it
  public GuardedHttpClient(
      AddressPolicy policy,
      NameResolver resolver,
      Connector connector,
      Supplier<SSLContext> tls,
      FetchTimings timings) {
    this.policy = requireNonNull(policy, "policy");
    this.resolver = requireNonNull(resolver, "resolver");
    this.connector = requireNonNull(connector, "connector");
    this.tls = requireNonNull(tls, "tls");
    this.timings = requireNonNull(timings, "timings");
  }

  /// The client of a node: with the block list of its configuration for downloads, the system's
  /// name service and its certificate authorities.
  public static GuardedHttpClient of(LiveConfig config) {
    SystemResolver resolver = new SystemResolver();
    return new GuardedHttpClient(
        new AddressPolicy(
            () -> config.current().api().remoteDownloadBlockedCidrs(),
            new NodeSurroundings(config, resolver)),
        resolver,
        Connector.DIRECT,
        GuardedHttpClient::systemTls,
        FetchTimings.STANDARD);
  }

  private static SSLContext systemTls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java has no TLS", missing);
    }
  }

  /// Sends a `GET` and follows redirects until there is an answer. Bodies of redirects are not
  /// read.
  ///
  /// @return whatever the status is; the caller closes it
  /// @throws FetchException when there is no answer, with a message for the user
  public FetchResponse get(String url) throws IOException, InterruptedException {
    return get(url, 0);
  }

  /// The same for the rest of something.
  ///
  /// @param position of the first byte that is wanted; the server may send everything all the same
  public FetchResponse get(String url, long position) throws IOException, InterruptedException {
    Target target = Target.parse(url);
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      Wire wire = connect(target, judged(target));
      boolean kept = false;
      try {
        ResponseHead head = exchange(wire, target, position);
        if (!head.redirects()) {
          FetchResponse response = new FetchResponse(wire, target, head);
          kept = true;
          return response;
        }
        target = target.redirectedTo(head.first("location").orElseThrow());
      } finally {
        if (!kept) {
          wire.close();
        }
      }
    }
    throw new FetchException("the remote server redirects too often");
  }

  /// Sends a part of a file by `PUT`. A server may answer, and hang up, before it has taken
  /// everything. Redirects are not followed.
  ///
  /// @return whatever the status is; the caller closes it
  /// @throws FetchException when there is no answer
  public FetchResponse put(String url, FileBody body) throws IOException, InterruptedException {
    Target target = Target.parse(url);
    Wire wire = connect(target, judged(target));
    boolean kept = false;
    try {
      secure(wire, target);
      wire.send(
          "PUT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nContent-Type: %s\r\nContent-Length: %d"
                  .formatted(
                      target.file(),
                      target.authority(),
                      USER_AGENT,
                      body.contentType(),
                      body.length())
              + "\r\nConnection: close\r\n\r\n");
      FetchResponse response = new FetchResponse(wire, target, answer(wire, body));
      kept = true;
      return response;
    } catch (ClosedByInterruptException stopped) {
      throw interrupted(stopped);
    } finally {
      if (!kept) {
        wire.close();
      }
    }
  }

  private static ResponseHead answer(Wire wire, FileBody body) throws IOException {
    FetchException broken = null;
    try {
      wire.send(body);
    } catch (FetchException refused) {
      broken = refused; // perhaps the server has said why
    }
    try {
      ResponseHead head = ResponseHead.read(wire);
      wire.beginBody();
      return head;
    } catch (FetchException silent) {
      if (broken != null) {
        broken.addSuppressed(silent);
        throw broken;
      }
      throw silent;
    }
  }

  private void secure(Wire wire, Target target) throws IOException {
    if (target.secure()) {
      wire.secure(tls.get(), target.host(), target.address() == null, target.port());
    }
  }

  /// Whether a URL leads to an address that may be connected to now. Asks the name service, never
  /// the host itself; what has no address counts as permitted.
  public boolean permits(String url) throws IOException {
    Target target = Target.parse(url);
    InetAddress literal = target.address();
    AddressPolicy.Rules rules = policy.now();
    try {
      List<InetAddress> found =
          literal == null ? resolver.resolve(target.host()) : List.of(literal);
      return found.stream()
          .limit(MAX_ADDRESSES)
          .anyMatch(address -> rules.allow(IpLiterals.canonical(address)));
    } catch (UnknownHostException unknown) {
      return true;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /// The addresses to connect to, all of them allowed.
  private List<InetAddress> judged(Target target) throws IOException, InterruptedException {
    InetAddress literal = target.address();
    AddressPolicy.Rules rules = policy.now();
    if (literal != null) {
      if (!rules.allow(literal)) {
        throw new FetchException("IP address " + IpLiterals.text(literal) + " is blocked");
      }
      return List.of(literal);
    }
    List<InetAddress> allowed;
    try {
      allowed =
          resolver.resolve(target.host()).stream()
              .limit(MAX_ADDRESSES)
              .map(IpLiterals::canonical)
              .filter(rules::allow)
              .toList();
    } catch (UnknownHostException unknown) {
      throw unreachable(unknown);
    }
    if (allowed.isEmpty()) {
      throw unreachable(null);
    }
    return allowed;
  }

  /// The same for a name that does not exist and for one with blocked addresses only: names of
  /// private networks are nobody's business.
  private static FetchException unreachable(@Nullable UnknownHostException cause) {
    return new FetchException("the host of the download URL has no address to connect to", cause);
  }

  private Wire connect(Target target, List<InetAddress> addresses)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    IOException failure = new FetchException("no address");
    for (int i = 0; i < addresses.size(); i++) {
      Duration left = timings.connect().minusNanos(System.nanoTime() - begin);
      if (!left.isPositive()) {
        break;
      }
      try {
        return new Wire(
            connector.connect(
                new InetSocketAddress(addresses.get(i), target.port()),
                left.dividedBy(addresses.size() - i)),
            timings);
      } catch (ClosedByInterruptException stopped) {
        throw interrupted(stopped);
      } catch (IOException refused) {
        failure = refused;
      }
    }
    throw new FetchException(
        failure instanceof SocketTimeoutException
            ? "the remote server did not answer in time"
            : "the remote server cannot be connected to",
        failure);
  }

  private static InterruptedException interrupted(IOException cause) {
    InterruptedException interrupted = new InterruptedException("interrupted while connecting");
    interrupted.initCause(cause);
    return interrupted;
  }

  private ResponseHead exchange(Wire wire, Target target, long position) throws IOException {
    secure(wire, target);
    wire.send(
        "GET "
            + target.file()
            + " HTTP/1.1\r\nHost: "
            + target.authority()
            + "\r\nUser-Agent: "
            + USER_AGENT
            + "\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close"
            + (position > 0 ? "\r\nRange: bytes=" + position + "-" : "")
            + "\r\n\r\n");
    ResponseHead head = ResponseHead.read(wire);
    wire.beginBody();
    return head;
  }
}
