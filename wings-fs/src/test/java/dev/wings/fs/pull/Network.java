package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.wings.core.config.WingsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;

/// A made-up Internet: names with the addresses that a test gives them, and one server behind all
/// addresses. Records every lookup and every attempt to connect.
final class Network implements NameResolver, Connector {
  /// The default of the configuration.
  static final List<String> DEFAULT = defaultList();

  private final Map<String, Deque<List<InetAddress>>> names = new ConcurrentHashMap<>();
  private final List<String> lookups = new CopyOnWriteArrayList<>();
  private final List<String> attempts = new CopyOnWriteArrayList<>();
  private final int port;

  /// @param port of the server on loopback that everything leads to; 0 refuses all connections
  Network(int port) {
    this.port = port;
  }

  /// The answers to the lookups of a name, one after the other; the last one stays.
  @SafeVarargs
  final Network name(String name, List<String>... answers) {
    names.put(
        name,
        new ArrayDeque<>(
            Arrays.stream(answers)
                .map(all -> all.stream().map(InetAddress::ofLiteral).toList())
                .toList()));
    return this;
  }

  /// A name that is not known any more.
  void forget(String name) {
    names.remove(name);
  }

  List<String> lookups() {
    return lookups;
  }

  /// `address:port` of every connection that was asked for.
  List<String> attempts() {
    return attempts;
  }

  @Override
  public List<InetAddress> resolve(String host) throws UnknownHostException {
    lookups.add(host);
    Deque<List<InetAddress>> answers = names.get(host);
    if (answers == null) {
      throw new UnknownHostException(host);
    }
    return answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
  }

  @Override
  public SocketChannel connect(InetSocketAddress address, Duration timeout) throws IOException {
    attempts.add(IpLiterals.text(address.getAddress()) + ":" + address.getPort());
    if (port == 0) {
      throw new ConnectException("refused");
    }
    return Connector.DIRECT.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeout);
  }

  GuardedHttpClient client() {
    return client(new AddressPolicy(() -> DEFAULT, AddressPolicy.Surroundings.NONE));
  }

  GuardedHttpClient client(AddressPolicy policy) {
    return client(policy, FetchTimings.STANDARD);
  }

  GuardedHttpClient client(AddressPolicy policy, FetchTimings timings) {
    return new GuardedHttpClient(policy, this, this, Network::tls, timings);
  }

  private static List<String> defaultList() {
    try (InputStream defaults =
        requireNonNull(WingsConfig.class.getResourceAsStream("defaults.yml"))) {
      List<String> ranges = new ArrayList<>();
      new YAMLMapper()
          .readTree(defaults)
          .at("/api/remote_download_blocked_cidrs")
          .forEach(range -> ranges.add(range.asText()));
      return List.copyOf(ranges);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
