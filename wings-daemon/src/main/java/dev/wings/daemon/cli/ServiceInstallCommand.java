package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.daemon.setup.SystemUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    String launcher = launcher();
    boolean start = Files.exists(parent.configFile());
    if (systemd()) {
      write(Path.of("/etc/systemd/system/wings.service"), unit(launcher), "rw-r--r--");
      SystemUser.HOST.run(List.of("systemctl", "daemon-reload"));
      SystemUser.HOST.run(
          start
              ? List.of("systemctl", "enable", "--now", "wings.service")
              : List.of("systemctl", "enable", "wings.service"));
    } else {
      write(Path.of("/etc/init.d/wings"), script(launcher), "rwxr-xr-x");
      SystemUser.HOST.run(List.of("rc-update", "add", "wings", "default"));
      if (start) {
        SystemUser.HOST.run(List.of("rc-service", "wings", "start"));
      }
    }
    parent
        .out()
        .println(
            "The service wings is installed"
                + (start ? " and started." : "; configure the node, then start it."));
    return 0;
  }

  private boolean systemd() {
    if (init == Init.auto) {
      if (Files.isDirectory(Path.of("/run/systemd/system"))) {
        return true;
      }
      if (Files.isDirectory(Path.of("/run/openrc")) || Files.exists(Path.of("/sbin/openrc-run"))) {
        return false;
      }
      throw new WingsException(
          dev.wings.core.ErrorKind.UNSUPPORTED,
          "neither systemd nor OpenRC runs here; choose one with --init");
    }
    return init == Init.systemd;
  }

  private static String launcher() {
    Path jar = Path.of(System.getProperty("java.class.path"));
    Path home = jar.toAbsolutePath().getParent();
    Path launcher = home == null ? null : home.resolve("bin/wings");
    if (launcher == null || !Files.isExecutable(launcher)) {
      throw new WingsException(
          dev.wings.core.ErrorKind.UNSUPPORTED, "the launcher bin/wings is not beside " + jar);
    }
    return launcher.toString();
  }

  private void write(Path file, String content, String mode) throws IOException {
    if (Files.exists(file) && !override) {
      throw WingsException.conflict(file + " exists; add --override to replace it");
    }
    Path directory = java.util.Objects.requireNonNull(file.getParent(), "directory");
    if (!Files.isDirectory(directory)) {
      throw WingsException.notFound(directory + " does not exist");
    }
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String unit(String launcher) {
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
    Restart=on-failure
    RestartSec=5
    StartLimitInterval=180
    StartLimitBurst=30
    TimeoutStopSec=15

    [Install]
    WantedBy=multi-user.target
    """
        .formatted(launcher);
  }

  private static String script(String launcher) {
    return """
    #!/sbin/openrc-run
    description="Wings game-server daemon"
    command="%s"
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
        .formatted(launcher);
  }
}
