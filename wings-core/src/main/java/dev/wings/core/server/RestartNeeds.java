package dev.wings.core.server;

import dev.wings.core.definition.ServerSettings;
import dev.wings.core.definition.ServerSettings.Build;

/// Which changes of a definition only a new container can apply (`containers.md` 16.1).
final class RestartNeeds {
  private RestartNeeds() {}

  static boolean differ(ServerSettings old, ServerSettings now) {
    return !old.invocation().equals(now.invocation())
        || !java.util.Objects.equals(old.entrypoint(), now.entrypoint())
        || !old.environment().equals(now.environment())
        || !old.allocations().equals(now.allocations())
        || !old.mounts().equals(now.mounts())
        || !old.devices().equals(now.devices())
        || !old.container().equals(now.container())
        || !fixed(old.build()).equals(fixed(now.build()));
  }

  /// The limits without those that apply to a running container.
  private static Build fixed(Build build) {
    return new Build(
        build.memoryLimit(),
        build.overheadMemory(),
        build.swap(),
        build.ioWeight(),
        0,
        0,
        build.threads(),
        build.oomDisabled(),
        null);
  }
}
