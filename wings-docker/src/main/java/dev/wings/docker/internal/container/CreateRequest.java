package dev.wings.docker.internal.container;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.DockerObjectAccessor;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.LogConfig.LoggingType;
import com.github.dockerjava.api.model.Ulimit;
import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.image.ImageReference;
import dev.wings.docker.internal.network.Networks;
import dev.wings.docker.internal.network.PortBindings;
import dev.wings.docker.internal.seccomp.SeccompProfile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Exactly what is sent to the engine for one container (`containers.md` 8 to 12, 21.2 and 22). A
/// pure function of the request, the node configuration and the facts of the host.
///
/// Installers and scripts get no security options, no capability drops and no read-only root,
/// because their images expect to run as root with a package manager (`containers.md` 11); that is
/// weaker than `threats.md` CT-01 asks. They keep what does not touch the egg's contract: never
/// privileged, no added capability, the engine's default system-call filter and capability set,
/// private namespaces, limits of memory, processes and open files, and a `nosuid` temporary file
/// system.
///
/// The body is docker-java's model of the request. What its types cannot say goes in as a raw
/// value: the capabilities, which it knows as an enumeration in capitals, and log drivers that are
/// plug-ins.
///
/// @param name of the container
/// @param body the document
/// @param warnings what was left out and why, for the log
record CreateRequest(String name, CreateContainerCmd body, List<String> warnings) {
  /// Open files of one process when the operator sets no limit: some engines hand out a billion,
  /// which is no ceiling, and which some programs take minutes to close.
  private static final long OPEN_FILES = 1 << 20;

  private static final List<String> DROPPED_CAPABILITIES =
      List.of(
          "setpcap",
          "mknod",
          "audit_write",
          "net_raw",
          "dac_override",
          "fowner",
          "fsetid",
          "net_bind_service",
          "sys_chroot",
          "setfcap",
          "sys_ptrace");

  /// @param suffix eight random alphanumerics, used in the name of a script container
  /// @throws WingsException of kind `IMPOSSIBLE` when the configuration would run a server as root
  static CreateRequest of(
      ContainerRequest request, WingsConfig config, HostFacts host, String suffix) {
    List<String> warnings = new ArrayList<>();
    CreateContainerCmd body =
        switch (request) {
          case ContainerRequest.ServerProcess process -> server(process, config, host, warnings);
          case ContainerRequest.Installer installer ->
              script(
                  installer,
                  installer.script(),
                  new ContainerDocument.Script(
                      ContainerNames.installer(request.server()), image(request)),
                  config,
                  host,
                  warnings);
          case ContainerRequest.Script script ->
              script(
                  script,
                  script.script(),
                  new ContainerDocument.Script(
                      ContainerNames.script(request.server(), suffix), image(request)),
                  config,
                  host,
                  warnings);
        };
    return new CreateRequest(requireNonNull(body.getName()), body, warnings);
  }

  private static String image(ContainerRequest request) {
    return ImageReference.strip(request.image());
  }

  /// The network that has to exist before the container is created, when it is not the daemon's
  /// own.
  static Optional<String> outgoingAddress(ContainerRequest request) {
    ServerSettings.Allocations allocations = request.settings().allocations();
    return request instanceof ContainerRequest.ServerProcess && allocations.forceOutgoingIp()
        ? allocations.primary().map(ServerSettings.Allocation::ip)
        : Optional.empty();
  }

  private static String serverName(ServerSettings settings, DockerConfig config) {
    return ContainerNames.server(
        settings.uuid(),
        config.serverNameInContainerName()
            ? Optional.of(settings.meta().name())
            : Optional.empty());
  }

  private static CreateContainerCmd server(
      ContainerRequest.ServerProcess request,
      WingsConfig config,
      HostFacts host,
      List<String> warnings) {
    ServerSettings settings = request.settings();
    DockerConfig docker = config.docker();
    PortBindings ports = PortBindings.of(settings.allocations(), docker.network());
    CreateContainerCmd body =
        new ContainerDocument(serverName(settings, docker), image(request))
            .withHostName(settings.uuid().toString())
            .withUser(user(config.system().user()))
            .withEnv(Environment.of(settings, config.system(), warnings::add).entries())
            .withExposedPorts(ports.exposed());
    if (!docker.domainname().isEmpty()) {
      body.withDomainName(docker.domainname());
    }
    List<String> entrypoint = settings.entrypoint();
    if (entrypoint != null) {
      body.withEntrypoint(entrypoint);
    }
    label(body, settings.labels(), request, config);
    attachAll(body, /* interactive= */ true);
    String networkMode =
        outgoingAddress(request).map(Networks::outgoingName).orElse(docker.network().mode());
    HostConfig hostConfig = new HostConfig();
    Resources.of(settings.build(), docker, host).writeTo(hostConfig);
    warnOfResources(settings.build(), host, warnings);
    if (docker.shmSize() != 0) {
      hostConfig.withShmSize(docker.shmSize() << 20);
    }
    hostConfig.withPortBindings(ports.bindings());
    shared(hostConfig, docker, networkMode);
    BindMounts.forServer(request, config, host, warnings::add).writeTo(hostConfig);
    hostConfig.withDevices(devices(settings, config, host, warnings));
    hostConfig.withSecurityOpts(securityOptions(settings, docker));
    DockerObjectAccessor.overrideRawValue(hostConfig, "CapDrop", DROPPED_CAPABILITIES);
    hostConfig.withReadonlyRootfs(true);
    ulimits(hostConfig, config, host, warnings);
    Map<String, String> sysctls = sysctls(docker, networkMode);
    if (!sysctls.isEmpty()) {
      hostConfig.withSysctls(sysctls);
    }
    return body.withHostConfig(hostConfig);
  }

  private static CreateContainerCmd script(
      ContainerRequest request,
      InstallationScript script,
      ContainerDocument.Script body,
      WingsConfig config,
      HostFacts host,
      List<String> warnings) {
    DockerConfig docker = config.docker();
    boolean installer = request instanceof ContainerRequest.Installer;
    Environment environment = Environment.of(request.settings(), config.system(), warnings::add);
    environment.putAll(script.environment());
    if (installer) {
      environment.put("INSTALL_STATUS_FILE", "/mnt/install/status");
      environment.put("INSTALL_PROGRESS_FILE", "/mnt/install/progress");
    }
    body.withCmd(
            script.entrypoint(), installer ? "/mnt/install/install.sh" : "/mnt/script/script.sh")
        .withHostName(installer ? "installer" : "script")
        .withEnv(environment.entries());
    label(body, Map.of(), request, config);
    attachAll(body, installer);
    HostConfig hostConfig = new HostConfig();
    Resources.of(request.settings().build(), docker, host).forScript(docker).writeTo(hostConfig);
    shared(hostConfig, docker, docker.network().mode());
    ulimits(hostConfig, config, host, warnings);
    BindMounts.forScript(request, host).writeTo(hostConfig);
    return body.withHostConfig(hostConfig);
  }

  /// Labels of the Panel never replace ours.
  private static void label(
      CreateContainerCmd body,
      Map<String, String> given,
      ContainerRequest request,
      WingsConfig config) {
    Map<String, String> labels = new LinkedHashMap<>(given);
    labels.put("Service", config.appName());
    labels.put("ContainerType", request.kind().label());
    body.withLabels(labels);
  }

  private static String user(SystemConfig.User user) {
    if (user.rootless().enabled()) {
      return user.rootless().containerUid() + ":" + user.rootless().containerGid();
    }
    if (user.uid() <= 0) {
      throw WingsException.impossible(
          "servers would run as root: system.user.uid must not be 0 outside rootless mode");
    }
    return user.uid() + ":" + user.gid();
  }

  private static void attachAll(CreateContainerCmd body, boolean interactive) {
    body.withAttachStdin(interactive)
        .withAttachStdout(true)
        .withAttachStderr(true)
        .withStdinOpen(interactive)
        .withTty(interactive);
  }

  /// What all kinds have in common.
  private static void shared(HostConfig hostConfig, DockerConfig docker, String networkMode) {
    hostConfig
        .withNetworkMode(networkMode)
        .withDns(docker.network().dns())
        .withDnsOptions(docker.network().dnsOptions())
        .withTmpFs(Map.of("/tmp", "rw,exec,nosuid,size=" + docker.tmpfsSize() + "M"))
        .withLogConfig(logConfig(docker.logConfig()));
    if (!docker.usernsMode().isEmpty()) {
      hostConfig.withUsernsMode(docker.usernsMode());
    }
  }

  private static LogConfig logConfig(DockerConfig.LogConfig config) {
    LoggingType known = LoggingType.fromValue(config.type());
    LogConfig logConfig = new LogConfig(known, config.config());
    if (known == null) {
      DockerObjectAccessor.overrideRawValue(logConfig, "Type", config.type());
    }
    return logConfig;
  }

  private static List<Device> devices(
      ServerSettings settings, WingsConfig config, HostFacts host, List<String> warnings) {
    List<Device> devices = new ArrayList<>();
    if (settings.container().kvmPassthrough()) {
      devices.add(new Device("rwm", "/dev/kvm", host.onHost("/dev/kvm")));
    }
    MountPolicy policy = new MountPolicy(config, host, warnings::add);
    for (ServerSettings.Device device : settings.devices()) {
      policy
          .device(device)
          .ifPresent(source ->
              devices.add(
                  new Device(
                      device.permissions(), device.target(), host.onHost(source.toString()))));
    }
    return devices;
  }

  private static List<String> securityOptions(ServerSettings settings, DockerConfig docker) {
    List<String> options = new ArrayList<>(List.of("no-new-privileges"));
    if (docker.containerApplySeccomp()) {
      options.add(
          "seccomp="
              + SeccompProfile.bundled().without(settings.container().seccompRemoveAllowed()));
    }
    if (!docker.containerApparmorProfile().isEmpty()) {
      options.add("apparmor=" + docker.containerApparmorProfile());
    }
    return options;
  }

  private static void ulimits(
      HostConfig hostConfig, WingsConfig config, HostFacts host, List<String> warnings) {
    List<DockerConfig.Ulimit> limits = config.docker().containerUlimits();
    List<Ulimit> ulimits = new ArrayList<>();
    for (DockerConfig.Ulimit limit : limits) {
      long soft = limit.soft();
      long hard = limit.hard();
      if (limit.name().equals("nofile") && hard > 0 && hard > host.maxOpenFiles()) {
        hard = host.maxOpenFiles();
        soft = soft < 0 ? hard : Math.min(soft, hard);
        warnings.add("ulimit nofile lowered to " + hard + ", the daemon cannot hand out more");
      }
      ulimits.add(new Ulimit(limit.name(), soft, hard));
    }
    boolean own = limits.stream().anyMatch(limit -> limit.name().equals("nofile"));
    if (!own && !config.system().user().rootless().enabled()) {
      long most = Math.min(OPEN_FILES, host.maxOpenFiles());
      ulimits.add(new Ulimit("nofile", most, most));
    }
    if (!ulimits.isEmpty()) {
      hostConfig.withUlimits(ulimits);
    }
  }

  private static Map<String, String> sysctls(DockerConfig docker, String networkMode) {
    boolean foreignNetwork = networkMode.equals("host") || networkMode.startsWith("container:");
    Map<String, String> sysctls = new LinkedHashMap<>(docker.containerSysctls());
    sysctls.keySet().removeIf(key -> foreignNetwork && key.startsWith("net."));
    return sysctls;
  }

  private static void warnOfResources(
      ServerSettings.Build build, HostFacts host, List<String> warnings) {
    if (build.memoryLimit() <= 0 && build.swap() != 0) {
      warnings.add("swap is ignored without a memory limit");
    }
    if (build.oomDisabled() && host.cgroupV2()) {
      warnings.add("the engine ignores a disabled OOM killer on control groups v2");
    }
    if (build.ioWeight() != null && !host.acceptsIoWeight()) {
      warnings.add("this kernel has no I/O weights");
    } else if (build.ioWeight() != null && !host.honoursIoWeight()) {
      warnings.add("no block device honours I/O weights");
    }
  }
}
