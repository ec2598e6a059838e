package dev.wings.daemon.pairing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.IpAddresses;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.panel.PanelSetup;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/// The first start of a node that has no configuration: it redeems a one-time code from the
/// environment, or serves plain HTTP until a Panel pairs with it, and writes the file.
public final class Pairing {
  private static final long LAST_ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Path file;
  private final Map<String, String> environment;
  private final String version;
  private final RandomGenerator random;
  private final PrintStream out;

  /// @param file where the configuration will be
  /// @param random a source that attackers cannot predict
  /// @param out the operator's terminal
  public Pairing(
      Path file,
      Map<String, String> environment,
      String version,
      RandomGenerator random,
      PrintStream out) {
    this.file = file;
    this.environment = Map.copyOf(environment);
    this.version = version;
    this.random = random;
    this.out = out;
  }

  /// Whether there is nothing at all at the configuration's place, not even a broken link.
  public static boolean wanted(Path file) {
    return Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
  }

  /// Returns when the file is written.
  ///
  /// @throws WingsException when data without a configuration suggests that it was lost, or when
  ///   `api.host` is no address
  /// @throws IOException when the address cannot be bound or a directory cannot be read
  /// @throws InterruptedException when the thread is interrupted while it waits
  public void run() throws IOException, InterruptedException {
    ConfigStore defaults = ConfigStore.withoutFile(file, environment);
    defaults.overrides().applied().forEach(line -> out.println("environment applied: " + line));
    refuseLostConfiguration(SystemPaths.of(defaults.current().system()).data());
    if (!enrolledByEnvironment()) {
      serve(defaults);
    }
    out.println("Configuration written to " + file);
  }

  private static void refuseLostConfiguration(Path data) throws IOException {
    if (!Files.isDirectory(data)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(data)) {
      if (entries.iterator().hasNext()) {
        throw WingsException.conflict(
            data
                + " is not empty, but there is no configuration. It seems to be lost: restore it,"
                + " or use: wings configure");
      }
    }
  }

  private boolean enrolledByEnvironment() {
    String panel = environment.getOrDefault("WINGS_ENROLL_PANEL_URL", "");
    String code = environment.getOrDefault("WINGS_ENROLL_CODE", "");
    if (panel.isEmpty() || code.isEmpty()) {
      return false;
    }
    try {
      enroll(PanelSetup.address(panel), code);
      return true;
    } catch (WingsException | IOException failure) {
      out.println("Enrolment from the environment failed: " + failure.getMessage());
      return false;
    }
  }

  private void serve(ConfigStore defaults) throws IOException, InterruptedException {
    String host = defaults.current().api().host();
    if (IpAddresses.parse(host).isEmpty()) {
      throw new WingsException(
          ErrorKind.INVALID, "api.host: '" + host + "' (expected: an IP address, to be paired)");
    }
    CountDownLatch paired = new CountDownLatch(1);
    PairingCode code = new PairingCode(random, shown -> out.println("Pairing code: " + shown));
    PairingRoutes routes =
        new PairingRoutes(defaults, environment, version, code, this::enroll, paired::countDown);
    try (HttpServer server =
        HttpServer.builder(plain(), new RouteTable(routes.routes()), new NoServers()).start()) {
      out.println(
          "This node has no configuration and waits to be paired at "
              + server.address()
              + ". Enter this address and the code in the Panel, or use: wings configure");
      paired.await();
      awaitLastAnswer(server);
    }
  }

  /// Pairing is plain HTTP whatever the environment says: there is no certificate yet, and what is
  /// signed needs no secrecy.
  private ConfigStore plain() {
    Map<String, String> withoutTls = new HashMap<>(environment);
    withoutTls.put("CALAGOPUS_API_SSL_ENABLED", "false");
    return ConfigStore.withoutFile(file, withoutTls);
  }

  /// The Panel's answer is still on its way when the configuration is there.
  private static void awaitLastAnswer(HttpServer server) {
    long end = System.nanoTime() + LAST_ANSWER_NANOS;
    while (server.openConnections() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /// Redeems the code and writes the file; ports stay as they are (`configuration.md` 15.3).
  ///
  /// @throws WingsException kind UPSTREAM with the Panel's reason
  /// @throws IOException when the file cannot be written
  private void enroll(URI panel, String code) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
      if (!Files.isWritable(directory)) { // found out before the code is spent
        throw new IOException(directory + " is not writable");
      }
    }
    ObjectNode patch = PanelSetup.enroll(panel, code, version, /* verify= */ true);
    patch.remove(List.of("api", "system"));
    ConfigStore.configure(file, patch);
  }

  private static final class NoServers implements Servers {
    @Override
    public List<Server> all() {
      return List.of();
    }

    @Override
    public Optional<Server> find(UUID id) {
      return Optional.empty();
    }

    @Override
    public void create(UUID id, boolean startOnCompletion, boolean skipScripts) {
      throw WingsException.impossible("the node is not configured");
    }

    @Override
    public void delete(UUID id) {
      throw WingsException.impossible("the node is not configured");
    }
  }
}
