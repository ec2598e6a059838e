package dev.wings.core.server;

import dev.wings.core.definition.ProcessConfiguration;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings;
import org.jspecify.annotations.Nullable;

/// Variations of a definition.
final class Definitions {
  private Definitions() {}

  static ServerDefinition stop(ServerDefinition d, String type, @Nullable String value) {
    ProcessConfiguration p = d.process();
    return new ServerDefinition(
        d.settings(),
        new ProcessConfiguration(
            p.startup(), new ProcessConfiguration.Stop(type, value), p.configs()));
  }

  static ServerDefinition suspended(ServerDefinition d) {
    ServerSettings s = d.settings();
    return with(
        d,
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            /* suspended= */ true,
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            s.backups(),
            s.schedules(),
            s.allocations(),
            s.build(),
            s.mounts(),
            s.devices(),
            s.firewall(),
            s.egg(),
            s.container(),
            s.autoKill(),
            s.autoStartBehavior(),
            s.features()));
  }

  static ServerDefinition autoKill(ServerDefinition d, long seconds) {
    ServerSettings s = d.settings();
    return with(
        d,
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            s.suspended(),
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            s.backups(),
            s.schedules(),
            s.allocations(),
            s.build(),
            s.mounts(),
            s.devices(),
            s.firewall(),
            s.egg(),
            s.container(),
            new ServerSettings.AutoKill(true, seconds),
            s.autoStartBehavior(),
            s.features()));
  }

  static ServerDefinition autoStart(ServerDefinition d, ServerSettings.AutoStart behavior) {
    ServerSettings s = d.settings();
    return with(
        d,
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            s.suspended(),
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            s.backups(),
            s.schedules(),
            s.allocations(),
            s.build(),
            s.mounts(),
            s.devices(),
            s.firewall(),
            s.egg(),
            s.container(),
            s.autoKill(),
            behavior,
            s.features()));
  }

  static ServerDefinition image(ServerDefinition d, String image) {
    ServerSettings s = d.settings();
    ServerSettings.ContainerOptions c = s.container();
    var container =
        new ServerSettings.ContainerOptions(
            image,
            c.timezone(),
            c.hugepagesPassthrough(),
            c.kvmPassthrough(),
            c.seccompRemoveAllowed());
    return with(
        d,
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            s.suspended(),
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            s.backups(),
            s.schedules(),
            s.allocations(),
            s.build(),
            s.mounts(),
            s.devices(),
            s.firewall(),
            s.egg(),
            container,
            s.autoKill(),
            s.autoStartBehavior(),
            s.features()));
  }

  static ServerDefinition cpuLimit(ServerDefinition d, long percent) {
    ServerSettings s = d.settings();
    ServerSettings.Build b = s.build();
    var build =
        new ServerSettings.Build(
            b.memoryLimit(),
            b.overheadMemory(),
            b.swap(),
            b.ioWeight(),
            percent,
            b.diskSpace(),
            b.threads(),
            b.oomDisabled(),
            b.bandwidth());
    return with(
        d,
        new ServerSettings(
            s.uuid(),
            s.startOnCompletion(),
            s.meta(),
            s.suspended(),
            s.invocation(),
            s.skipEggScripts(),
            s.entrypoint(),
            s.environment(),
            s.labels(),
            s.backups(),
            s.schedules(),
            s.allocations(),
            build,
            s.mounts(),
            s.devices(),
            s.firewall(),
            s.egg(),
            s.container(),
            s.autoKill(),
            s.autoStartBehavior(),
            s.features()));
  }

  private static ServerDefinition with(ServerDefinition d, ServerSettings settings) {
    return new ServerDefinition(settings, d.process());
  }
}
