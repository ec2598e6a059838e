package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.server.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out which program a server runs by its hash (`http-api.md` 7.16). The files are read
/// through the server's sandbox, on the threads for files.
final class GameVersions {
  private static final Logger log = LoggerFactory.getLogger(GameVersions.class);
  private static final List<String> LOADERS =
      List.of("libraries/net/minecraftforge/forge", "libraries/net/neoforged/neoforge");
  private static final int MAX_DIRECTORIES = 1000;

  /// SHA-256 of the server's jar in lower-case hex, empty when there is none that can be read.
  ///
  /// @throws dev.wings.core.WingsException kind `UPSTREAM` when the file system does not answer
  Optional<String> minecraftJava(Server server) {
    try {
      return Optional.of(server.onFiles(() -> hash(server)));
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server.id())
          .addKeyValue("reason", String.valueOf(unreadable))
          .log("no server jar");
      return Optional.empty();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static String hash(Server server) throws IOException {
    Path root = server.volume().root();
    Path jar = jar(root, server.definition().settings().environment());
    if (!Files.isRegularFile(jar)) {
      throw new FileSystemException(jar.toString(), null, "not a regular file");
    }
    MessageDigest digest = sha256();
    byte[] buffer = new byte[64 << 10];
    try (InputStream in = Files.newInputStream(jar)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted");
        }
        digest.update(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static Path jar(Path root, Map<String, JsonNode> environment) throws IOException {
    for (Map.Entry<String, JsonNode> variable : environment.entrySet()) {
      String value = variable.getValue().asText();
      if (variable.getKey().contains("JAR")
          && variable.getValue().isTextual()
          && value.contains(".jar")) {
        return root.resolve(value.startsWith("/") ? value.substring(1) : value);
      }
    }
    for (String loader : LOADERS) {
      Optional<Path> found = loaderJar(root.resolve(loader));
      if (found.isPresent()) {
        return found.get();
      }
    }
    return root.resolve("server.jar");
  }

  private static Optional<Path> loaderJar(Path loader) throws IOException {
    if (!Files.isDirectory(loader)) {
      return Optional.empty();
    }
    int seen = 0;
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(loader)) {
      for (Path version : versions) {
        if (++seen > MAX_DIRECTORIES) {
          break;
        }
        if (!Files.isDirectory(version, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(version)) {
          for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith("-server.jar") || name.endsWith("-universal.jar")) {
              return Optional.of(file);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
