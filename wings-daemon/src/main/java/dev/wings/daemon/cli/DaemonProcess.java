package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.daemon.Wings;
import dev.wings.daemon.local.Standalone;
import dev.wings.daemon.log.Logging;
import dev.wings.daemon.pairing.Pairing;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The daemon in the foreground, from its arguments to its last signal.
final class DaemonProcess {
  private final DaemonOptions options;
  private final Map<String, String> environment;
  private final AtomicReference<@Nullable Wings> wings = new AtomicReference<>();

  DaemonProcess(DaemonOptions options, Map<String, String> environment) {
    this.options = options;
    this.environment = environment;
  }

  /// Starts the daemon and never returns normally: SIGTERM and SIGINT end the process with 0.
  ///
  /// @throws WingsException when the configuration or the engine cannot be used
  /// @throws IOException when a file, the lock or an address cannot be used
  /// @throws InterruptedException when the calling thread is interrupted
  void run() throws IOException, InterruptedException {
    Thread stop = Thread.ofPlatform().name("shutdown").unstarted(this::stop);
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      wings.set(start());
    } catch (IOException | InterruptedException | RuntimeException failure) {
      Runtime.getRuntime().removeShutdownHook(stop);
      throw failure;
    }
    new CountDownLatch(1).await();
  }

  private Wings start() throws IOException, InterruptedException {
    if (options.standalone() != null) {
      Standalone.prepare(options.standalone(), new SecureRandom());
    }
    Path file = options.configFile();
    if (Pairing.wanted(file)) {
      if (options.noSetup()) {
        throw WingsException.notFound(
            "there is no configuration at "
                + file
                + "; make one with: wings configure --join-data ...");
      }
      new Pairing(file, environment, Version.current(), new SecureRandom(), System.err).run();
    }
    ConfigStore store = ConfigStore.open(file, environment);
    Preparation.prepare(store, environment, options.debug());
    return Wings.start(
        store,
        new Wings.Options(
            Optional.ofNullable(options.standalone()),
            !options.ignoreCertificateErrors(),
            Version.current(),
            environment));
  }

  /// The JVM would report the signal as exit status; a clean stop is a success. A daemon that has
  /// not finished its start is not waited for: what it stores survives any end.
  private void stop() {
    LoggerFactory.getLogger(DaemonProcess.class).info("stopping; servers keep running");
    Wings started = wings.get();
    if (started != null) {
      started.close();
    }
    Logging.stop();
    Runtime.getRuntime().halt(0);
  }
}
