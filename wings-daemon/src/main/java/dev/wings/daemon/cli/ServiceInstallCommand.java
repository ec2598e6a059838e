package dev.wings.daemon.cli;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `wings service-install` (`configuration.md` 14.5, 19).
@Command(
    name = "service-install",
    description = "Installs and enables a systemd or OpenRC service.",
    mixinStandardHelpOptions = true)
final class ServiceInstallCommand implements Callable<Integer> {
  private enum Init {
    auto,
    systemd,
    openrc
  }

  /// How the service starts the daemon.
  private record Start(Path launcher, String arguments) {}

  @ParentCommand private @Nullable WingsCommand wings;

  @Option(
      names = {"-o", "--override"},
      description = "overwrite an existing service file")
  private boolean override;

  @Option(
      names = {"-i", "--init"},
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Init init = Init.auto;

  @Override
  public Integer call() throws IOException {
    Host host = Objects.requireNonNull(wings).host();
    Start command = command(host);
    boolean start = mayStart();
    if (systemd(host)) {
      write(host.root().resolve("etc/systemd/system/wings.service"), unit(command), "rw-r--r--");
      host.programs().run(List.of("systemctl", "daemon-reload"));
      host.programs()
          .run(
              start
                  ? List.of("systemctl", "enable", "--now", "wings.service")
                  : List.of("systemctl", "enable", "wings.service"));
    } else {
      write(host.root().resolve("etc/init.d/wings"), script(command), "rwxr-xr-x");
      host.programs().run(List.of("rc-update", "add", "wings", "default"));
      if (start) {
        host.programs().run(List.of("rc-service", "wings", "start"));
      }
    }
    host.out()
        .println(
            "The service wings is installed"
                + (start ? " and started." : "; correct the configuration, then start it."));
    if (start && !Files.exists(wings.configFile())) {
      host.out().println("It waits to be connected with a Panel; its log shows the pairing code.");
    }
    return 0;
  }

  /// A service without a configuration waits for pairing; one whose configuration is broken would
  /// only fail.
  private boolean mayStart() {
    WingsCommand parent = Objects.requireNonNull(wings);
    if (!Files.exists(parent.configFile())) {
      return true;
    }
    try {
      parent.openConfig();
      return true;
    } catch (WingsException broken) {
      parent.err().println("The configuration is not usable: " + broken.getMessage());
      return false;
    }
  }

  private boolean systemd(Host host) {
    if (init == Init.auto) {
      if (Files.isDirectory(host.root().resolve("run/systemd/system"))) {
        return true;
      }
      if (Files.isDirectory(host.root().resolve("run/openrc"))
          || Files.exists(host.root().resolve("sbin/openrc-run"))) {
        return false;
      }
      throw new WingsException(
          ErrorKind.UNSUPPORTED, "neither systemd nor OpenRC runs here; choose one with --init");
    }
    return init == Init.systemd;
  }

  /// The launcher, with the configuration when one was named.
  private Start command(Host host) {
    Path launcher =
        host.launcher()
            .orElseThrow(() ->
                new WingsException(
                    ErrorKind.UNSUPPORTED, "this is no installation: there is no bin/wings"));
    return Objects.requireNonNull(wings)
        .namedConfig()
        .map(config -> new Start(launcher, "--config " + quoted(config.toAbsolutePath())))
        .orElse(new Start(launcher, ""));
  }

  /// systemd and `/bin/sh` agree on double quotes for what a path may reasonably hold.
  private static String quoted(Path path) {
    String text = path.toString();
    if (!text.matches("[\\w./+@:, -]+")) {
      throw WingsException.invalid(
          "--config: '" + text + "' cannot be written into a service file");
    }
    return text.contains(" ") ? '"' + text + '"' : text;
  }

  private void write(Path file, String content, String mode) throws IOException {
    if (Files.exists(file) && !override) {
      throw WingsException.conflict(file + " exists; add --override to replace it");
    }
    Path directory = Objects.requireNonNull(file.getParent(), "directory");
    if (!Files.isDirectory(directory)) {
      throw WingsException.notFound(directory + " does not exist");
    }
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  /// Only the daemon counts against the limits: containers live in groups of the engine. A daemon
  /// that runs out of memory ends with status 3 and is started again.
  private static String unit(Start start) {
    return """
    [Unit]
    Description=Wings game-server daemon
    After=docker.service network-online.target
    Wants=network-online.target
    Requires=docker.service
    PartOf=docker.service

    [Service]
    User=root
    ExecStart=%s
    KillMode=process
    LimitNOFILE=1048576
    MemoryMax=1G
    TasksMax=1024
    OOMScoreAdjust=-500
    Restart=on-failure
    RestartSec=5
    StartLimitInterval=180
    StartLimitBurst=30
    TimeoutStopSec=15

    [Install]
    WantedBy=multi-user.target
    """
        .formatted((start.launcher() + " " + start.arguments()).strip());
  }

  private static String script(Start start) {
    return """
    #!/sbin/openrc-run
    description="Wings game-server daemon"
    command="%s"
    command_args='%s'
    supervisor="supervise-daemon"
    pidfile="/run/wings.pid"
    rc_ulimit="-n 1048576"
    respawn_delay=5
    respawn_max=30
    respawn_period=180

    depend() {
      need net docker
    }
    """
        .formatted(start.launcher(), start.arguments());
  }
}
