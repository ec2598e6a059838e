package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/// `wings`: without a sub-command, the daemon in the foreground.
@Command(
    name = "wings",
    description = "The agent on a game-server host.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Line.class,
    subcommands = {
      VersionCommand.class,
      ConfigureCommand.class,
      DiagnosticsCommand.class,
      ServiceInstallCommand.class,
      MigrateDiskLimiterCommand.class,
      CompletionsCommand.class,
      TokenCommand.class,
      ConsoleCommand.class,
      SftpPasswordCommand.class,
      BackupCommand.class
    })
public final class WingsCommand implements Callable<Integer> {
  private final Host host;

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

  private WingsCommand(Host host) {
    this.host = host;
  }

  /// Parses and runs. Exit status: 0, 1 for a failure, 2 for wrong arguments.
  public static int run(
      String[] arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    Optional<DaemonOptions> plain = DaemonOptions.ofPlain(arguments);
    return plain.isPresent()
        ? runDaemon(plain.get(), environment, err)
        : run(Host.real(environment, out, err), arguments);
  }

  private static int runDaemon(
      DaemonOptions options, Map<String, String> environment, PrintStream err) {
    try {
      new DaemonProcess(options, environment).run();
      return 0;
    } catch (Exception failure) {
      return fail(failure, err);
    }
  }

  /// Everything but a plain start.
  static int run(Host host, String... arguments) {
    WingsCommand command = new WingsCommand(host);
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(host.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(host.err(), true, StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler((failure, _, _) -> fail(failure, host.err()));
    line.setParameterExceptionHandler((wrong, _) -> usage(wrong, host.err()));
    return line.execute(arguments);
  }

  private static int usage(ParameterException wrong, PrintStream err) {
    err.println(wrong.getMessage());
    wrong.getCommandLine().usage(err);
    return 2;
  }

  private static int fail(Exception failure, PrintStream err) {
    String message = failure.getMessage();
    err.println(message == null ? failure.toString() : message);
    if (!(failure instanceof WingsException) && !(failure instanceof IOException)) {
      failure.printStackTrace(err);
    }
    return 1;
  }

  Host host() {
    return host;
  }

  PrintStream out() {
    return host.out();
  }

  PrintStream err() {
    return host.err();
  }

  Map<String, String> environment() {
    return host.environment();
  }

  /// The file that was named on the command line, if any.
  Optional<Path> namedConfig() {
    return Optional.ofNullable(config);
  }

  /// The directory that plays the Panel, if one does.
  Optional<Path> standalone() {
    return Optional.ofNullable(standalone);
  }

  boolean verifiesPanelCertificate() {
    return !ignoreCertificateErrors;
  }

  private DaemonOptions options() {
    return new DaemonOptions(config, standalone, debug, ignoreCertificateErrors, noSetup);
  }

  /// The file to work on: named, stand-alone, the first that exists, or the default.
  Path configFile() {
    return options().configFile();
  }

  /// The configuration, read and not written.
  ConfigStore openConfig() {
    return ConfigStore.open(configFile(), environment());
  }

  @Override
  public Integer call() throws Exception {
    new DaemonProcess(options(), environment()).run();
    return 0;
  }
}
