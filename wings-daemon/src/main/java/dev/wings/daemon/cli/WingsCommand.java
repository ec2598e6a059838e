package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.daemon.Wings;
import dev.wings.daemon.local.Standalone;
import dev.wings.daemon.log.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// `wings`: without a sub-command, the daemon in the foreground.
@Command(
    name = "wings",
    description = "The agent on a game-server host.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      VersionCommand.class,
      ConfigureCommand.class,
      DiagnosticsCommand.class,
      ServiceInstallCommand.class,
      CompletionsCommand.class,
      TokenCommand.class,
      ConsoleCommand.class
    })
public final class WingsCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = {"-c", "--config", "--config-file", "--config-path"},
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "configuration file")
  private @Nullable Path config;

  @Option(
      names = "--standalone",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "run without a Panel: server definitions come from DIR/servers")
  private @Nullable Path standalone;

  @Option(
      names = {"-d", "--debug"},
      scope = ScopeType.INHERIT,
      description = "log debug messages")
  private boolean debug;

  @Option(
      names = "--ignore-certificate-errors",
      description = "do not verify the Panel's certificate")
  private boolean ignoreCertificateErrors;

  @Option(names = "--no-setup", description = "fail when there is no configuration")
  private boolean noSetup;

  private WingsCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  /// Parses and runs. Exit status: 0, 1 for a failure, 2 for wrong arguments.
  public static int run(
      String[] arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    WingsCommand command = new WingsCommand(environment, out, err);
    CommandLine line = new CommandLine(command);
    line.setOut(new java.io.PrintWriter(out, true, java.nio.charset.StandardCharsets.UTF_8));
    line.setErr(new java.io.PrintWriter(err, true, java.nio.charset.StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler((failure, _, _) -> command.fail(failure));
    return line.execute(arguments);
  }

  private int fail(Exception failure) {
    String message = failure.getMessage();
    err.println(message == null ? failure.toString() : message);
    if (!(failure instanceof WingsException) && !(failure instanceof IOException)) {
      failure.printStackTrace(err);
    }
    return 1;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  Map<String, String> environment() {
    return environment;
  }

  /// The file to work on: named, stand-alone, the first that exists, or the default.
  Path configFile() {
    if (config != null) {
      return config;
    }
    if (standalone != null) {
      return Standalone.config(standalone);
    }
    return ConfigStore.searchPath().stream()
        .filter(Files::exists)
        .findFirst()
        .orElse(ConfigStore.searchPath().getFirst());
  }

  /// The configuration, read and not written.
  ConfigStore openConfig() {
    return ConfigStore.open(configFile(), environment);
  }

  @Override
  public Integer call() throws Exception {
    Logging.toStandardError();
    if (standalone != null) {
      Standalone.prepare(standalone, new SecureRandom());
    }
    Path file = configFile();
    if (!Files.exists(file)) {
      throw WingsException.notFound(
          "there is no configuration at "
              + file
              + "; make one with: wings configure --join-data ...");
    }
    ConfigStore store = ConfigStore.open(file, environment);
    Preparation.prepare(store, environment, debug);
    CountDownLatch stopped = new CountDownLatch(1);
    Wings wings =
        Wings.start(
            store,
            new Wings.Options(
                Optional.ofNullable(standalone),
                !ignoreCertificateErrors,
                Version.current(),
                environment));
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("shutdown").unstarted(() -> stop(wings, stopped)));
    stopped.await();
    return 0;
  }

  /// Runs on SIGTERM and SIGINT. The JVM would report the signal as exit status; a clean stop is a
  /// success.
  private static void stop(Wings wings, CountDownLatch stopped) {
    LoggerFactory.getLogger(WingsCommand.class).info("stopping; servers keep running");
    wings.close();
    Logging.stop();
    stopped.countDown();
    Runtime.getRuntime().halt(0);
  }
}
