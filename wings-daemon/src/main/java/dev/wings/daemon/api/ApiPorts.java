package dev.wings.daemon.api;

import dev.wings.backup.BackupService;
import dev.wings.backup.restic.ResticMaintenance;
import dev.wings.core.access.AccessControl;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.server.Servers;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.http.UpgradeHandler;
import dev.wings.daemon.system.Health;
import dev.wings.daemon.system.SystemProbe;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.view.ViewSources;
import java.time.Clock;

/// Everything that the routes stand on.
///
/// @param pulls downloads into the files of servers
/// @param revisions earlier contents of edited files
/// @param views what the paths of servers lead into
/// @param archives makes archives, all within one amount of memory
/// @param backups of the node's servers
/// @param restic looks after repositories
/// @param tokens checks links that the Panel signed
/// @param version of the daemon, strict semver, optionally `:commit@branch`
/// @param containerType value of the environment variable `OCI_CONTAINER`, empty when unset
/// @param health problems that the overview shows
/// @param console takes over the console websocket (`websocket.md` 1)
/// @param clock the node's time with its zone
public record ApiPorts(
    NodeConfiguration config,
    Servers servers,
    ContainerEngine engine,
    AccessControl access,
    SystemProbe probe,
    Health health,
    UpgradeHandler console,
    Pulls pulls,
    Revisions revisions,
    ViewSources views,
    ArchiveWriter archives,
    BackupService backups,
    ResticMaintenance restic,
    TokenVerifier tokens,
    String version,
    String containerType,
    Clock clock) {}
