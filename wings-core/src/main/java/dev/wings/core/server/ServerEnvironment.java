package dev.wings.core.server;

import static java.util.Objects.requireNonNull;

import dev.wings.core.activity.ActivityLog;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.egg.ConfigFileRewriter;
import dev.wings.core.install.Installer;
import dev.wings.core.panel.Outbox;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.volume.ServerVolumes;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// Everything outside that the servers of a node need.
///
/// @param scripts runs one-off scripts
/// @param rootDirectory `system.root_directory`, where the state files live; exists
/// @param logDirectory `system.log_directory`, with one directory per server
/// @param vmountDirectory `system.vmount_directory`, with one directory per server
/// @param clock time of day, only for time stamps
/// @param nanoTime monotonic nanoseconds, for everything that lasts
public record ServerEnvironment(
    LiveConfig config,
    ContainerEngine engine,
    ServerVolumes volumes,
    PanelClient panel,
    Outbox outbox,
    ActivityLog activities,
    ConfigFileRewriter configFiles,
    Installer installer,
    Scripts scripts,
    Path rootDirectory,
    Path logDirectory,
    Path vmountDirectory,
    InstantSource clock,
    LongSupplier nanoTime) {
  public ServerEnvironment {
    requireNonNull(config, "config");
    requireNonNull(engine, "engine");
    requireNonNull(volumes, "volumes");
    requireNonNull(panel, "panel");
    requireNonNull(outbox, "outbox");
    requireNonNull(activities, "activities");
    requireNonNull(configFiles, "configFiles");
    requireNonNull(installer, "installer");
    requireNonNull(scripts, "scripts");
    requireNonNull(rootDirectory, "rootDirectory");
    requireNonNull(logDirectory, "logDirectory");
    requireNonNull(vmountDirectory, "vmountDirectory");
    requireNonNull(clock, "clock");
    requireNonNull(nanoTime, "nanoTime");
  }
}
