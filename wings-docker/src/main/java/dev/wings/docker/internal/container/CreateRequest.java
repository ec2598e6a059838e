package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.List;
import java.util.Optional;

/// Exactly what is sent to the engine for one container (`containers.md` 8 to 12, 21.2 and 22). A
/// pure function of the request, the node configuration and the facts of the host.
///
/// Installers and scripts get no security options, no capability drops and no read-only root,
/// because their images expect to run as root with a package manager (`containers.md` 11); that is
/// weaker than `threats.md` CT-01 asks. They keep what does not touch the egg's contract: never
/// privileged, no added capability, the engine's default system-call filter and capability set,
/// private namespaces, a process limit and a `nosuid` temporary file system.
///
/// @param name of the container
/// @param body the JSON document
/// @param warnings what was left out and why, for the log
record CreateRequest(String name, ObjectNode body, List<String> warnings) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
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
    return switch (request) {
      case ContainerRequest.ServerProcess process ->
          new CreateRequest(
              serverName(process.settings(), config.docker()),
              server(process, config, host, warnings),
              warnings);
      case ContainerRequest.Installer installer ->
          new CreateRequest(
              ContainerNames.installer(request.server()),
              script(installer, installer.script(), "installer", config, host, warnings),
              warnings);
      case ContainerRequest.Script script ->
          new CreateRequest(
              ContainerNames.script(request.server(), suffix),
              script(script, script.script(), "script", config, host, warnings),
              warnings);
    };
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

  private static ObjectNode server(
      ContainerRequest.ServerProcess request,
      WingsConfig config,
      HostFacts host,
      List<String> warnings) {
    ServerSettings settings = request.settings();
    DockerConfig docker = config.docker();
    PortBindings ports = PortBindings.of(settings.allocations(), docker.network());
    ObjectNode body = JSON.objectNode();
    body.put("Image", ImageReference.strip(request.image()));
    body.put("Hostname", settings.uuid().toString());
    if (!docker.domainname().isEmpty()) {
      body.put("Domainname", docker.domainname());
    }
    body.put("User", user(config.system().user()));
    List<String> entrypoint = settings.entrypoint();
    if (entrypoint != null) {
      body.set("Entrypoint", strings(entrypoint));
    }
    body.set("Env", Environment.of(settings, config.system(), warnings::add).toJson());
    ObjectNode labels = body.putObject("Labels");
    settings.labels().forEach(labels::put);
    labels.put("Service", config.appName());
    labels.put("ContainerType", request.kind().label());
    body.set("ExposedPorts", ports.exposed());
    attachAll(body, /* interactive= */ true);
    ObjectNode hostConfig = body.putObject("HostConfig");
    Resources.of(settings.build(), docker, host).writeTo(hostConfig);
    warnOfResources(settings.build(), host, warnings);
    if (docker.shmSize() != 0) {
      hostConfig.put("ShmSize", docker.shmSize() << 20);
    }
    hostConfig.set("PortBindings", ports.bindings());
    String networkMode =
        outgoingAddress(request).map(Networks::outgoingName).orElse(docker.network().mode());
    shared(hostConfig, docker, networkMode);
    BindMounts mounts = BindMounts.forServer(request, config, host, warnings::add);
    mounts.writeTo(hostConfig);
    hostConfig.set("Devices", devices(settings, config, host, warnings));
    hostConfig.set("SecurityOpt", securityOptions(settings, docker));
    hostConfig.set("CapDrop", strings(DROPPED_CAPABILITIES));
    hostConfig.put("ReadonlyRootfs", true);
    ulimits(docker, host, warnings).ifPresent(list -> hostConfig.set("Ulimits", list));
    sysctls(docker, networkMode).ifPresent(map -> hostConfig.set("Sysctls", map));
    return body;
  }

  private static ObjectNode script(
      ContainerRequest request,
      InstallationScript script,
      String hostname,
      WingsConfig config,
      HostFacts host,
      List<String> warnings) {
    DockerConfig docker = config.docker();
    boolean installer = request instanceof ContainerRequest.Installer;
    ObjectNode body = JSON.objectNode();
    body.put("Image", ImageReference.strip(request.image()));
    body.set(
        "Cmd",
        strings(
            List.of(
                script.entrypoint(),
                installer ? "/mnt/install/install.sh" : "/mnt/script/script.sh")));
    body.put("Hostname", hostname);
    Environment environment = Environment.of(request.settings(), config.system(), warnings::add);
    environment.putAll(script.environment());
    if (installer) {
      environment.put("INSTALL_STATUS_FILE", "/mnt/install/status");
      environment.put("INSTALL_PROGRESS_FILE", "/mnt/install/progress");
    }
    body.set("Env", environment.toJson());
    body.putObject("Labels")
        .put("Service", config.appName())
        .put("ContainerType", request.kind().label());
    attachAll(body, installer);
    ObjectNode hostConfig = body.putObject("HostConfig");
    Resources.of(request.settings().build(), docker, host).forScript(docker).writeTo(hostConfig);
    shared(hostConfig, docker, docker.network().mode());
    BindMounts.forScript(request, host).writeTo(hostConfig);
    return body;
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

  private static void attachAll(ObjectNode body, boolean interactive) {
    body.put("AttachStdin", interactive);
    body.put("AttachStdout", true);
    body.put("AttachStderr", true);
    body.put("OpenStdin", interactive);
    body.put("Tty", interactive);
  }

  /// What all kinds have in common.
  private static void shared(ObjectNode hostConfig, DockerConfig docker, String networkMode) {
    hostConfig.put("NetworkMode", networkMode);
    hostConfig.set("Dns", strings(docker.network().dns()));
    hostConfig.set("DnsOptions", strings(docker.network().dnsOptions()));
    hostConfig.putObject("Tmpfs").put("/tmp", "rw,exec,nosuid,size=" + docker.tmpfsSize() + "M");
    ObjectNode logConfig = hostConfig.putObject("LogConfig").put("Type", docker.logConfig().type());
    ObjectNode options = logConfig.putObject("Config");
    docker.logConfig().config().forEach(options::put);
    if (!docker.usernsMode().isEmpty()) {
      hostConfig.put("UsernsMode", docker.usernsMode());
    }
  }

  private static ArrayNode devices(
      ServerSettings settings, WingsConfig config, HostFacts host, List<String> warnings) {
    ArrayNode devices = JSON.arrayNode();
    if (settings.container().kvmPassthrough()) {
      device(devices, host.onHost("/dev/kvm"), "/dev/kvm", "rwm");
    }
    MountPolicy policy = new MountPolicy(config, host, warnings::add);
    for (ServerSettings.Device device : settings.devices()) {
      policy
          .device(device)
          .ifPresent(source ->
              device(
                  devices, host.onHost(source.toString()), device.target(), device.permissions()));
    }
    return devices;
  }

  private static void device(ArrayNode devices, String source, String target, String permissions) {
    devices
        .addObject()
        .put("PathOnHost", source)
        .put("PathInContainer", target)
        .put("CgroupPermissions", permissions);
  }

  private static ArrayNode securityOptions(ServerSettings settings, DockerConfig docker) {
    ArrayNode options = JSON.arrayNode().add("no-new-privileges");
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

  private static Optional<JsonNode> ulimits(
      DockerConfig docker, HostFacts host, List<String> warnings) {
    ArrayNode list = JSON.arrayNode();
    for (DockerConfig.Ulimit limit : docker.containerUlimits()) {
      long soft = limit.soft();
      long hard = limit.hard();
      if (limit.name().equals("nofile") && hard > 0 && hard > host.maxOpenFiles()) {
        hard = host.maxOpenFiles();
        soft = soft < 0 ? hard : Math.min(soft, hard);
        warnings.add("ulimit nofile lowered to " + hard + ", the daemon cannot hand out more");
      }
      list.addObject().put("Name", limit.name()).put("Soft", soft).put("Hard", hard);
    }
    return list.isEmpty() ? Optional.empty() : Optional.of(list);
  }

  private static Optional<JsonNode> sysctls(DockerConfig docker, String networkMode) {
    boolean foreignNetwork = networkMode.equals("host") || networkMode.startsWith("container:");
    ObjectNode map = JSON.objectNode();
    docker
        .containerSysctls()
        .forEach((key, value) -> {
          if (!(foreignNetwork && key.startsWith("net."))) {
            map.put(key, value);
          }
        });
    return map.isEmpty() ? Optional.empty() : Optional.of(map);
  }

  private static void warnOfResources(
      ServerSettings.Build build, HostFacts host, List<String> warnings) {
    if (build.memoryLimit() <= 0 && build.swap() != 0) {
      warnings.add("swap is ignored without a memory limit");
    }
    if (build.oomDisabled() && host.cgroupV2()) {
      warnings.add("the engine ignores a disabled OOM killer on control groups v2");
    }
    if (build.ioWeight() != null && !host.honoursIoWeight()) {
      warnings.add("no block device honours I/O weights");
    }
  }

  private static ArrayNode strings(List<String> values) {
    ArrayNode array = JSON.arrayNode();
    values.forEach(array::add);
    return array;
  }
}
