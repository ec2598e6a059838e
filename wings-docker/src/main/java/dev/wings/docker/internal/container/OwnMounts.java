package dev.wings.docker.internal.container;

import dev.wings.core.WingsException;
import dev.wings.core.config.SystemConfig;
import dev.wings.docker.internal.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The mounts of the daemon's own container, looked up when first needed and kept once found.
public final class OwnMounts implements Supplier<HostMounts> {
  private static final Logger log = LoggerFactory.getLogger(OwnMounts.class);

  private final ContainerCalls calls;
  private final boolean contained;
  private volatile @Nullable HostMounts found;

  /// @param contained the daemon runs in a container
  public OwnMounts(ContainerCalls calls, boolean contained) {
    this.calls = calls;
    this.contained = contained;
  }

  @Override
  public HostMounts get() {
    HostMounts known = found;
    if (known == null) {
      known = contained ? lookUp() : HostMounts.NONE;
    }
    return known;
  }

  /// Refuses to go on when a directory that containers mount is not itself mounted from the host.
  public void verify(SystemConfig system) {
    HostMounts mounts = get();
    if (!mounts.translates()) {
      return;
    }
    List<String> needed =
        new ArrayList<>(List.of(system.data(), system.tmpDirectory(), system.vmountDirectory()));
    if (system.passwd().enabled()) {
      needed.add(system.passwd().directory());
    }
    for (String directory : needed) {
      if (!mounts.covers(directory)) {
        throw WingsException.impossible(
            "the daemon runs in a container and "
                + directory
                + " is not mounted from the host: add a volume for it");
      }
    }
  }

  private HostMounts lookUp() {
    try {
      Optional<String> id =
          HostMounts.ownContainer(Files.readString(Path.of("/proc/self/mountinfo")));
      if (id.isPresent()) {
        var inspect = calls.inspectRaw(id.get());
        if (inspect.path("Id").asText().equals(id.get())) {
          HostMounts mounts = HostMounts.of(inspect);
          found = mounts;
          return mounts;
        }
      }
      log.atWarn().log("the daemon's own container was not found, paths are not translated");
    } catch (IOException | EngineException e) {
      log.atWarn().setCause(e).log("own container not inspected, paths are not translated");
    }
    return HostMounts.NONE;
  }
}
