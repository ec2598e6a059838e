package dev.wings.daemon.api.files;

import dev.wings.backup.BackupService;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.listing.DirectoryEntries;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.sqlite.SqliteQueries;
import dev.wings.fs.view.ViewSources;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All routes about a server's files.
public final class FileRoutes {
  static final String FILES = "/api/servers/{server}/files";

  /// For all archives that are being made (`docs/operating.md`, memory).
  public static final long ARCHIVE_MEMORY_BYTES = 96L << 20;

  private FileRoutes() {}

  /// @param pulls downloads from other hosts
  /// @param revisions earlier contents of edited files
  /// @param views what the paths of servers lead into
  /// @param archives makes archives, all within one amount of memory
  /// @param links what browsers are let in by
  /// @param clock the node's time with its zone
  /// @param servers where copies to another server find it
  public static List<Route> routes(
      LiveConfig config,
      Pulls pulls,
      Revisions revisions,
      ViewSources views,
      ArchiveWriter archives,
      SignedLinks links,
      Clock clock,
      Servers servers) {
    FileContext context = context(config, views, archives, revisions, clock);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new ListingRoutes(context).routes());
    routes.addAll(new SizeRoutes(context).routes());
    routes.addAll(new ContentRoutes(context).routes());
    routes.addAll(new RevisionRoutes(context).routes());
    routes.addAll(new SqliteRoutes(context, queries(config)).routes());
    routes.addAll(new ArchiveRoutes(context).routes());
    routes.addAll(new DecompressRoutes(context).routes());
    routes.addAll(new PullRoutes(context, pulls).routes());
    routes.addAll(OperationRoutes.routes());
    routes.addAll(new DownloadRoutes(context, links).routes());
    routes.addAll(new UploadRoutes(context, links).routes());
    routes.addAll(changes(context, servers));
    return routes.stream().map(VanishedFiles::tolerate).toList();
  }

  /// The routes that send backups out and put them among a server's files. The parameters mean what
  /// they mean for [#routes].
  public static List<Route> backupRoutes(
      LiveConfig config,
      Revisions revisions,
      ViewSources views,
      ArchiveWriter archives,
      SignedLinks links,
      Clock clock,
      Servers servers,
      BackupService backups) {
    FileContext context = context(config, views, archives, revisions, clock);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new BackupDownloadRoutes(backups, links, servers).routes());
    routes.addAll(new ExportRoutes(context, backups, servers).routes());
    return routes;
  }

  private static SqliteQueries queries(LiveConfig config) {
    return new SqliteQueries(SystemPaths.of(config.current().system()).temporary());
  }

  static FileContext context(
      LiveConfig config, ViewSources views, Revisions revisions, Clock clock) {
    ArchiveWriter archives = new ArchiveWriter(ARCHIVE_MEMORY_BYTES, new SecureRandom());
    return context(config, views, archives, revisions, clock);
  }

  private static FileContext context(
      LiveConfig config,
      ViewSources views,
      ArchiveWriter archives,
      Revisions revisions,
      Clock clock) {
    return new FileContext(config, views, new DirectoryEntries(), archives, revisions, clock);
  }

  /// The routes that find files, and change them without sending contents.
  static List<Route> changes(FileContext context, Servers servers) {
    List<Route> routes = new ArrayList<>();
    routes.addAll(new SearchRoutes(context).routes());
    routes.addAll(new FingerprintRoutes(context).routes());
    routes.addAll(new ChangeRoutes(context, Optional.of(context.revisions())).routes());
    routes.addAll(new CopyRoutes(context, servers).routes());
    return routes;
  }
}
