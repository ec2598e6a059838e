package dev.wings.docker.internal.container;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.bandwidth.BandwidthLimits;
import dev.wings.docker.internal.bandwidth.BandwidthShaper.Target;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Bandwidth limits of one running container (`containers.md` 16.5). Installers and scripts have
/// none. Not safe for use by several threads at once.
final class LiveBandwidth {
  private static final Logger log = LoggerFactory.getLogger(LiveBandwidth.class);

  private final UUID server;
  private final ContainerKind kind;
  private final ContainerContext context;
  private final ContainerWatch watch;

  /// Null when it is unknown what the container's network has.
  private @Nullable BandwidthLimits inForce;

  LiveBandwidth(UUID server, ContainerKind kind, ContainerContext context, ContainerWatch watch) {
    this.server = server;
    this.kind = kind;
    this.context = context;
    this.watch = watch;
  }

  /// What the definition and the node's configuration together ask for.
  ///
  /// @throws WingsException of kind `INVALID` for values out of range
  static BandwidthLimits wanted(
      ServerSettings settings, ContainerKind kind, ContainerContext context) {
    return kind == ContainerKind.SERVER && context.config().current().docker().bandwidth().enabled()
        ? BandwidthLimits.of(settings.build().bandwidth())
        : BandwidthLimits.NONE;
  }

  /// Of a container that the engine has just started.
  ///
  /// @throws WingsException of kind `IMPOSSIBLE` when it runs without the limits it should have
  void started(ServerSettings settings) {
    inForce = BandwidthLimits.NONE;
    BandwidthLimits wanted = wanted(settings, kind, context);
    if (!wanted.limited() || watch.last().over()) {
      return;
    }
    try {
      apply(wanted);
    } catch (IOException e) {
      if (!watch.refresh().over()) {
        throw new WingsException(
            ErrorKind.IMPOSSIBLE,
            "the server's bandwidth limit cannot be enforced: " + e.getMessage(),
            e);
      }
      // It has ended already and transfers nothing.
    }
  }

  /// Of a container that runs, after its definition changed or after it was found. A failure is
  /// logged, and the next call tries again.
  void changed(ServerSettings settings) {
    boolean serious = true;
    try {
      BandwidthLimits wanted = wanted(settings, kind, context);
      serious = wanted.limited() || inForce != null;
      if (kind != ContainerKind.SERVER || wanted.equals(inForce) || !watch.last().alive()) {
        return;
      }
      apply(wanted);
      if (wanted.limited()) {
        log.atInfo()
            .addKeyValue("server", server)
            .addKeyValue("upload", wanted.upload())
            .addKeyValue("download", wanted.download())
            .log("bandwidth limits are in force");
      }
    } catch (IOException | WingsException e) {
      log.atLevel(serious ? org.slf4j.event.Level.WARN : org.slf4j.event.Level.DEBUG)
          .addKeyValue("server", server)
          .addKeyValue("reason", e.getMessage())
          .log("bandwidth limits could not be changed");
    }
  }

  private void apply(BandwidthLimits wanted) throws IOException {
    Inspection now = watch.last();
    Target target = new Target(now.id(), now.pid(), now.networkMode());
    inForce = null;
    try {
      boolean done =
          context
              .files() // whose threads may be blocked
              .run(
                  server,
                  () -> {
                    context.bandwidth().apply(target, wanted);
                    return true;
                  });
      if (done) {
        inForce = wanted;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("cancelled", e);
    }
  }
}
