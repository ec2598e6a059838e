package dev.wings.daemon.api.files;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.BackupService;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.change.Causes;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.upload.Replacement;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Puts a backup as an archive among a server's files (`backups.md` 13.1).
final class ExportRoutes {
  private static final int BUFFER_BYTES = 256 << 10;

  private final FileContext context;
  private final BackupService backups;
  private final Servers servers;

  ExportRoutes(FileContext context, BackupService backups, Servers servers) {
    this.context = context;
    this.backups = backups;
    this.servers = servers;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/api/backups/{backup}/export")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Puts a backup as an archive among a server's files")
            .handle(this::export));
  }

  record Export(
      @Nullable String adapter,
      @Nullable UUID server,
      @Nullable String path,
      @Nullable String archiveFormat,
      @Nullable Boolean foreground,
      @Nullable List<String> ignored) {
    Export {
      BodyFields.required(server, "server");
      BodyFields.required(path, "path");
      kind(adapter);
      format(archiveFormat);
      ignored = ignored == null ? List.of() : List.copyOf(ignored);
    }

    BackupAdapter kind() {
      return kind(adapter);
    }

    ArchiveFormat format() {
      return format(archiveFormat);
    }

    private static BackupAdapter kind(@Nullable String name) {
      return BackupAdapter.parse(BodyFields.required(name, "adapter"))
          .orElseThrow(() -> WingsException.invalid("adapter is unknown"));
    }

    private static ArchiveFormat format(@Nullable String name) {
      return name == null
          ? ArchiveFormat.TAR_GZ
          : ArchiveFormat.parse(name)
              .map(ArchiveFormat::substitute)
              .filter(ArchiveFormat::streamable)
              .orElseThrow(() -> WingsException.invalid("archive_format is unknown"));
    }
  }

  private Response export(Request request) throws IOException, InterruptedException {
    UUID id = OperationRoutes.identifier(request, "backup");
    Export body = request.body(Export.class);
    StoredBackup backup = backups.find(id, body.kind());
    Server server =
        servers
            .find(requireNonNull(body.server()))
            .orElseThrow(() -> WingsException.notFound("server not found"));
    FileRequest files =
        FileRequest.of(context, server, requireNonNull(body.ignored()), "file not found");
    Location target = server.onFiles(() -> target(files, requireNonNull(body.path())));
    Operations.Running<DirectoryEntry> running =
        server
            .operations()
            .start(
                new Operation.ExportBackup(id, target.clientPath()),
                progress -> write(backup, body.format(), target, progress));
    return BodyFields.flag(body.foreground(), true)
        ? Response.ok(result(running).toJson())
        : OperationAnswers.accepted(running);
  }

  private static Location target(FileRequest files, String path) throws IOException {
    Location target = files.fileForWriting(path);
    if (target.root()) {
      throw WingsException.impossible("file has no parent");
    }
    if (target.hidden()) {
      throw WingsException.impossible("file not found");
    }
    WritablePlace.require(target);
    if (Files.isDirectory(target.path(), LinkOption.NOFOLLOW_LINKS)) {
      throw WingsException.impossible("failed to export backup: Is a directory");
    }
    return target;
  }

  private DirectoryEntry write(
      StoredBackup backup, ArchiveFormat format, Location target, Progress progress)
      throws IOException {
    WritablePlace.makeParents(target);
    Optional<StoredBackup.Browsing> browsing = backup.browse();
    if (browsing.isPresent()) {
      try (StoredBackup.Browsing open = browsing.get()) {
        writeTree(open.view(), format, target, progress);
      }
    } else {
      try (Replacement replacement = Replacement.of(target.path(), /* mayMakeWay= */ false)) {
        copy(backup.download(format), replacement, progress);
        replacement.commit();
      }
    }
    return context.entries().of(target);
  }

  private void writeTree(FileView view, ArchiveFormat format, Location target, Progress progress)
      throws IOException {
    WingsConfig config = context.config().current();
    ArchiveSettings settings =
        new ArchiveSettings(
            format,
            config.system().backups().compressionLevel(),
            config.api().fileCompressionThreads());
    progress.expect(view.sizes().of(view.root()).logical());
    context
        .archives()
        .writeFile(
            ArchiveSource.of(view.root()).hiding(view.filter(), view.root()),
            settings,
            target.path(),
            progress);
  }

  private static void copy(Download download, Replacement replacement, Progress progress)
      throws IOException {
    OutputStream out = new Parts(replacement, progress, download instanceof Download.Stored);
    switch (download) {
      case Download.Stored stored -> {
        progress.expect(Files.size(stored.file()));
        try (InputStream in = Files.newInputStream(stored.file())) {
          byte[] buffer = new byte[BUFFER_BYTES];
          for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
          }
        }
      }
      case Download.Streamed streamed -> streamed.writer().write(out, progress);
    }
  }

  /// The new file as a stream.
  private static final class Parts extends OutputStream {
    private final Replacement replacement;
    private final Progress progress;
    private final boolean counts;

    Parts(Replacement replacement, Progress progress, boolean counts) {
      this.replacement = replacement;
      this.progress = progress;
      this.counts = counts;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      progress.check();
      replacement.write(ByteBuffer.wrap(bytes, offset, length));
      if (counts) {
        progress.addBytes(length);
      }
    }
  }

  private static DirectoryEntry result(Operations.Running<DirectoryEntry> running)
      throws InterruptedException {
    try {
      return running.await();
    } catch (OperationAbortedException aborted) {
      throw WingsException.impossible("backup export aborted by another source");
    } catch (IOException failure) {
      throw WingsException.impossible("failed to export backup: " + Causes.of(failure));
    } catch (WingsException refused) { // the document has one status for whatever ends an export
      throw WingsException.impossible("failed to export backup: " + Operations.message(refused));
    }
  }
}
