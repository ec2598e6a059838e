package dev.wings.backup;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupReports;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Servers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/// What backups need of the program around them.
///
/// @param directory the backup directory, in which the catalog is kept
/// @param drivers by the kind they keep; kinds without one are refused with a message that says so
/// @param config asked whenever a value is needed
/// @param reports to the Panel
/// @param listener to what happens
/// @param servers of this node
/// @param pressure on its disks
/// @param clock for what is written down
/// @param nanoTime for durations
public record BackupNode(
    Path directory,
    Map<BackupAdapter, BackupDriver> drivers,
    LiveConfig config,
    BackupReports reports,
    BackupListener listener,
    Servers servers,
    IoPressure pressure,
    InstantSource clock,
    LongSupplier nanoTime) {
  public BackupNode {
    requireNonNull(directory, "directory");
    drivers = Map.copyOf(drivers);
    requireNonNull(config, "config");
    requireNonNull(reports, "reports");
    requireNonNull(listener, "listener");
    requireNonNull(servers, "servers");
    requireNonNull(pressure, "pressure");
    requireNonNull(clock, "clock");
    requireNonNull(nanoTime, "nanoTime");
  }
}
