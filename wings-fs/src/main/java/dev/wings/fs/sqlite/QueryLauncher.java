package dev.wings.fs.sqlite;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.JDBC;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/// Starts the processes of queries: a small virtual machine with two entries on its class path.
final class QueryLauncher {
  /// What a machine needs that lives for one query. A core dump, or the report about a crash, would
  /// end up in the server's files.
  private static final List<String> OPTIONS =
      List.of(
          "-Xms96m",
          "-Xmx96m",
          "-Xss1m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:ReservedCodeCacheSize=16m",
          "-XX:-UsePerfData",
          "-XX:+SuppressFatalErrorMessage",
          "-Xshare:auto",
          "-Xlog:disable",
          "--enable-native-access=ALL-UNNAMED");

  private final Path temporary;
  private final ReentrantLock extracting = new ReentrantLock();

  QueryLauncher(Path temporary) {
    this.temporary = requireNonNull(temporary, "temporary");
  }

  Process start() throws IOException {
    Path library = library();
    List<String> command =
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ProcessBuilder builder = new ProcessBuilder();
    builder.command().addAll(command);
    builder.command().addAll(OPTIONS);
    builder.command().add("-Dorg.sqlite.lib.path=" + library.getParent());
    builder.command().add("-Dorg.sqlite.lib.name=" + library.getFileName());
    builder.command().add("-cp");
    builder.command().add(place(QueryProcess.class) + ":" + place(JDBC.class));
    builder.command().add(QueryProcess.class.getName());
    builder.environment().clear();
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  /// The driver's native library as a file, so that not every process unpacks it again.
  private Path library() throws IOException {
    Path directory = temporary.resolve("sqlite-" + SQLiteJDBCLoader.getVersion());
    Path library = directory.resolve(LibraryLoaderUtil.getNativeLibName());
    extracting.lock();
    try {
      if (!Files.exists(library)) {
        Files.createDirectories(directory);
        String resource =
            LibraryLoaderUtil.getNativeLibResourcePath() + "/" + library.getFileName();
        Path unfinished = directory.resolve(library.getFileName() + ".new");
        try (InputStream packed =
            requireNonNull(JDBC.class.getResourceAsStream(resource), resource)) {
          Files.copy(packed, unfinished, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(unfinished, library, StandardCopyOption.ATOMIC_MOVE);
      }
      return library;
    } finally {
      extracting.unlock();
    }
  }

  /// The jar or directory that a class was loaded from.
  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("class without a place: " + type, e);
    }
  }
}
