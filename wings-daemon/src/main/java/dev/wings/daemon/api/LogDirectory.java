package dev.wings.daemon.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The regular files directly inside the log directory. Names are single path components, and links
/// are neither listed nor opened.
final class LogDirectory {
  private static final Logger log = LoggerFactory.getLogger(LogDirectory.class);
  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  private final Path directory;

  /// @param compression wire name of a `CompressionType` (`http-api.md` Appendix B)
  record Entry(String name, String compression, long size, Instant modified) {}

  LogDirectory(Path directory) {
    this.directory = directory;
  }

  /// Oldest first.
  List<Entry> list() throws IOException {
    List<Entry> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        describe(entry).ifPresent(files::add);
      }
    } catch (NoSuchFileException none) {
      return List.of();
    }
    files.sort(Comparator.comparing(Entry::modified).thenComparing(Entry::name));
    return files;
  }

  /// The text of a file, decompressed; the last `lines` of it when given. Empty when there is no
  /// such file. The caller closes the stream.
  Optional<InputStream> open(String name, OptionalLong lines) {
    if (!singleComponent(name)) {
      return Optional.empty();
    }
    Path file = directory.resolve(name);
    try {
      boolean compressed = compression(name).equals("gz");
      if (compressed) {
        return Optional.of(compressed(file, lines));
      }
      FileChannel channel = openRegular(file);
      if (lines.isPresent()) {
        channel.position(LogTail.start(channel, lines.getAsLong()));
      }
      return Optional.of(Channels.newInputStream(channel));
    } catch (IOException unreadable) {
      log.atDebug().addKeyValue("reason", String.valueOf(unreadable)).log("log file not opened");
      return Optional.empty();
    }
  }

  /// Prepares to follow a file from its last `lines` on.
  Optional<LogFollower> follow(String name, long lines) {
    if (!singleComponent(name) || !compression(name).equals("none")) {
      return Optional.empty();
    }
    Path file = directory.resolve(name);
    try {
      FileChannel channel = openRegular(file);
      channel.position(LogTail.start(channel, lines));
      return Optional.of(new LogFollower(file, channel));
    } catch (IOException unreadable) {
      log.atDebug().addKeyValue("reason", String.valueOf(unreadable)).log("log file not opened");
      return Optional.empty();
    }
  }

  private static InputStream compressed(Path file, OptionalLong lines) throws IOException {
    long skip = 0;
    if (lines.isPresent()) {
      try (InputStream all = gunzip(file)) {
        skip = Math.max(0, LogTail.count(all) - lines.getAsLong());
      }
    }
    InputStream text = gunzip(file);
    LogTail.skipLines(text, skip);
    return text;
  }

  private static InputStream gunzip(Path file) throws IOException {
    return new java.io.BufferedInputStream(
        new GZIPInputStream(Channels.newInputStream(openRegular(file)), 32 << 10), 32 << 10);
  }

  static FileChannel openRegular(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(file.toString());
    }
    return FileChannel.open(file, READ);
  }

  private static Optional<Entry> describe(Path entry) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        return Optional.empty();
      }
      String name = String.valueOf(entry.getFileName());
      return Optional.of(
          new Entry(
              name,
              compression(name),
              attributes.size(),
              attributes.lastModifiedTime().toInstant()));
    } catch (IOException rotatedAway) {
      return Optional.empty();
    }
  }

  private static boolean singleComponent(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && name.indexOf('\\') < 0
        && name.indexOf('\0') < 0;
  }

  private static String compression(String name) {
    int dot = name.lastIndexOf('.');
    return switch (dot < 0 ? "" : name.substring(dot + 1)) {
      case "gz" -> "gz";
      case "xz" -> "xz";
      case "lz" -> "lzip";
      case "bz2" -> "bz2";
      case "lz4" -> "lz4";
      case "zst" -> "zstd";
      default -> "none";
    };
  }
}
