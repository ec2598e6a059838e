package dev.wings.docker.internal.container;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.SELContext;
import com.github.dockerjava.api.model.Volume;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.ServerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Bind mounts of a container in the order of `containers.md` 10.
final class BindMounts {
  private static final String PRODUCT_UUID = "/sys/class/dmi/id/product_uuid";
  private static final List<String> LXCFS_FILES =
      List.of(
          "proc/cpuinfo",
          "proc/diskstats",
          "proc/meminfo",
          "proc/stat",
          "proc/swaps",
          "proc/uptime",
          "sys/devices/system/cpu");

  private record BindMount(String source, String target, boolean readOnly) {}

  private final HostFacts host;
  private final List<BindMount> binds = new ArrayList<>();

  private BindMounts(HostFacts host) {
    this.host = host;
  }

  static BindMounts forServer(
      ContainerRequest.ServerProcess request,
      WingsConfig config,
      HostFacts host,
      Consumer<String> warnings) {
    ServerSettings settings = request.settings();
    SystemConfig system = config.system();
    BindMounts mounts = new BindMounts(host);
    Path virtual = VirtualFiles.directory(system, settings.uuid());
    if (system.machineId().enabled()) {
      mounts.add(virtual.resolve("machine-id").toString(), "/etc/machine-id", true);
      if (!system.user().rootless().enabled() && host.exists(PRODUCT_UUID)) {
        mounts.add(virtual.resolve("machine-uuid").toString(), PRODUCT_UUID, true);
      }
    }
    if (config.tundra().enabled()) {
      mounts.add(virtual.resolve("hosts").toString(), "/etc/hosts", true);
    }
    mounts.add(request.volumePath(), "/home/container", false);
    if (settings.container().hugepagesPassthrough()) {
      mounts.add("/dev/hugepages", "/dev/hugepages", false);
    }
    if (system.passwd().enabled()) {
      Path passwd = Path.of(system.passwd().directory());
      mounts.add(passwd.resolve("group").toString(), "/etc/group", true);
      mounts.add(passwd.resolve("passwd").toString(), "/etc/passwd", true);
    }
    MountPolicy policy = new MountPolicy(config, host, warnings);
    for (ServerSettings.Mount mount : settings.mounts()) {
      policy
          .mount(mount)
          .ifPresent(source -> mounts.add(source.toString(), mount.target(), mount.readOnly()));
    }
    mounts.lxcfs(config.docker().lxcfs(), warnings);
    return mounts;
  }

  static BindMounts forScript(ContainerRequest request, HostFacts host) {
    BindMounts mounts = new BindMounts(host);
    mounts.add(request.volumePath(), "/mnt/server", false);
    switch (request) {
      case ContainerRequest.Installer installer ->
          mounts.add(installer.stagingPath(), "/mnt/install", false);
      case ContainerRequest.Script script -> mounts.add(script.stagingPath(), "/mnt/script", false);
      case ContainerRequest.ServerProcess _ ->
          throw new IllegalArgumentException("request: server (expected: installer or script)");
    }
    return mounts;
  }

  private void add(String source, String target, boolean readOnly) {
    binds.add(new BindMount(host.onHost(source), target, readOnly));
  }

  private void lxcfs(DockerConfig.Lxcfs config, Consumer<String> warnings) {
    if (!config.enabled()) {
      return;
    }
    HostFacts.Lxcfs found = host.lxcfs(config.directory(), LXCFS_FILES);
    if (!found.problem().isEmpty()) {
      warnings.accept("LXCFS left out: " + found.problem());
    }
    for (String file : found.files()) {
      add(Path.of(config.directory()).resolve(file).toString(), "/" + file, true);
    }
  }

  /// `Mounts` entries, or with SELinux relabelled `Binds` for everything but kernel files.
  void writeTo(HostConfig hostConfig) {
    List<Mount> mounts = new ArrayList<>();
    List<Bind> labelled = new ArrayList<>();
    for (BindMount bind : binds) {
      if (host.selinux() && !kernelPath(bind.source())) {
        labelled.add(
            new Bind(
                bind.source(),
                new Volume(bind.target()),
                bind.readOnly() ? AccessMode.ro : AccessMode.rw,
                SELContext.shared));
      } else {
        mounts.add(
            new Mount()
                .withType(MountType.BIND)
                .withSource(bind.source())
                .withTarget(bind.target())
                .withReadOnly(bind.readOnly()));
      }
    }
    hostConfig.withMounts(mounts);
    if (!labelled.isEmpty()) {
      hostConfig.withBinds(labelled);
    }
  }

  private static boolean kernelPath(String source) {
    Path path = Path.of(source);
    return path.startsWith("/dev") || path.startsWith("/proc") || path.startsWith("/sys");
  }
}
