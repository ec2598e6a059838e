package dev.wings.daemon.sftp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Operations;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.view.Location;
import dev.wings.sftp.shell.ArchiveCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What `tar` commands of a user do on a server's volume: the same work as the file manager's, seen
/// and aborted there as well.
final class ServerArchives implements ArchiveCommands {
  private static final String NO_FILE = "file not found";

  private final Member member;
  private final Server server;
  private final VisibleFiles visible;
  private final ArchiveWriter writer;
  private final LiveConfig config;

  ServerArchives(Member member, VisibleFiles visible, ArchiveWriter writer, LiveConfig config) {
    this.member = member;
    this.server = member.server();
    this.visible = visible;
    this.writer = writer;
    this.config = config;
  }

  private Location locate(String path) {
    try {
      return visible.locate(server.volume().root()).resolve(path);
    } catch (InvalidPathException impossible) {
      throw WingsException.notFound(NO_FILE);
    }
  }

  /// Long work, which a lock of the server forbids as it does all other work over SFTP.
  private void requireUnlocked() {
    server
        .lock()
        .ifPresent(lock -> {
          throw WingsException.conflict("server is " + lock.wireName());
        });
  }

  @Override
  public void extract(String archive, String directory) throws IOException, InterruptedException {
    requireUnlocked();
    Location file = locate(archive);
    Location target = locate(directory);
    server.onFiles(() -> {
      requireDirectory(target);
      if (file.hidden() || !Files.isRegularFile(file.path())) {
        throw WingsException.notFound(NO_FILE);
      }
      return true;
    });
    int threads = config.current().api().fileDecompressionThreads();
    await(
        server
            .operations()
            .start(
                new Operation.Decompress(file.relative(), target.relative()),
                progress -> extract(file, target, threads, progress)));
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    metadata.put("directory", target.relative()).put("file", file.relative());
    member.record("server:file.decompress", metadata);
  }

  private static boolean extract(Location file, Location target, int threads, Progress progress)
      throws IOException {
    try (Extraction extraction = Extraction.open(file.path(), threads, ExtractionLimits.DEFAULT)) {
      extraction.run(target.path(), target.view().root(), target.view().filter(), progress);
    }
    return true;
  }

  @Override
  public void create(String directory, String archive, List<String> paths)
      throws IOException, InterruptedException {
    requireUnlocked();
    Location base = locate(directory);
    Location target = archive.startsWith("/") ? locate(archive) : base.resolve(archive);
    List<String> names = paths.stream().map(path -> relative(base, path)).toList();
    boolean everything = names.contains("");
    server.onFiles(() -> {
      requireDirectory(base);
      for (String name : names) {
        requireVisible(base.resolve(name));
      }
      if (target.root() || target.hidden() || Files.isDirectory(target.path())) {
        throw WingsException.notFound(NO_FILE);
      }
      return true;
    });
    WingsConfig current = config.current();
    ArchiveSettings settings =
        new ArchiveSettings(
            format(archive),
            current.system().backups().compressionLevel(),
            current.api().fileCompressionThreads());
    ArchiveSource whole = ArchiveSource.of(base.path());
    ArchiveSource source =
        (everything ? whole : whole.only(names))
            .hiding(base.view().filter(), base.view().root())
            .without(target.path());
    await(
        server
            .operations()
            .start(
                new Operation.Compress(base.relative(), names, target.relative()),
                progress -> writer.writeFile(source, settings, target.path(), progress)));
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    ArrayNode files = metadata.putArray("files");
    names.forEach(name -> files.add(name.isEmpty() ? "." : name));
    metadata.put("directory", base.relative()).put("name", name(target.path()));
    member.record("server:file.compress", metadata);
  }

  /// A path below the directory, empty for the directory itself. No shell has expanded a lone star.
  private static String relative(Location base, String path) {
    Location place = base.resolve(path.equals("*") ? "" : path);
    if (!place.path().startsWith(base.path())) {
      throw WingsException.invalid("only files below the directory can be packed");
    }
    return base.path().relativize(place.path()).toString();
  }

  /// Like `tar`, which packs nothing when something is missing.
  private static void requireVisible(Location place) throws IOException {
    if (place.hiddenFromReading() || !Files.exists(place.path(), LinkOption.NOFOLLOW_LINKS)) {
      throw WingsException.notFound(NO_FILE);
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /// The last part of the name says how it is compressed, with or without `.tar` before it.
  private static ArchiveFormat format(String archive) {
    String ending = archive.substring(archive.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (ending) {
      case "gz", "tgz" -> ArchiveFormat.TAR_GZ;
      case "xz", "txz" -> ArchiveFormat.TAR_XZ;
      case "bz2", "tbz2" -> ArchiveFormat.TAR_BZ2;
      case "lz4" -> ArchiveFormat.TAR_LZ4;
      case "zst", "tzst" -> ArchiveFormat.TAR_ZSTD;
      case "lz" -> ArchiveFormat.TAR_LZIP;
      default -> ArchiveFormat.TAR;
    };
  }

  private static void requireDirectory(Location place) throws IOException {
    if (place.hidden() || !Files.isDirectory(place.path())) {
      throw WingsException.notFound("directory not found");
    }
  }

  /// Who closes the channel ends the work.
  private static void await(Operations.Running<?> running) throws InterruptedException {
    try {
      running.await();
    } catch (InterruptedException gone) {
      running.abort();
      throw gone;
    } catch (OperationAbortedException aborted) {
      throw WingsException.impossible("the operation was aborted");
    } catch (NoSuchFileException missing) {
      throw WingsException.notFound(NO_FILE);
    } catch (IOException failure) {
      throw WingsException.impossible(Operations.message(failure));
    }
  }
}
