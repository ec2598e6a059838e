package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.json.Yaml;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// The layout of a stand-alone directory: `config.yml`, `servers/` with definitions, `results/`,
/// and everything the daemon keeps.
public final class Standalone {
  private static final String ALPHANUMERIC =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int TOKEN_ID_LENGTH = 16;
  private static final int TOKEN_LENGTH = 64;

  private Standalone() {}

  /// The configuration file of the directory.
  public static Path config(Path directory) {
    return directory.resolve("config.yml");
  }

  /// Creates the directory and a configuration with fresh credentials, listening on 127.0.0.1 only,
  /// unless there is one already.
  ///
  /// @param random a source that attackers cannot predict
  public static void prepare(Path directory, RandomGenerator random) throws IOException {
    Path home = Files.createDirectories(directory).toRealPath();
    Files.createDirectories(home.resolve("servers"));
    if (Files.exists(config(home))) {
      return;
    }
    byte[] content = Yaml.write(document(home, random)).getBytes(StandardCharsets.UTF_8);
    FileAttribute<?>[] ownerOnly =
        home.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (var out =
        Files.newByteChannel(
            config(home),
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            ownerOnly)) {
      out.write(ByteBuffer.wrap(content));
    }
  }

  private static ObjectNode document(Path home, RandomGenerator random) {
    ObjectNode config = Json.mapper().createObjectNode();
    config.put("app_name", "Wings").put("uuid", UUID.randomUUID().toString());
    config.put("token_id", alphanumeric(random, TOKEN_ID_LENGTH));
    config.put("token", alphanumeric(random, TOKEN_LENGTH));
    config.put("remote", "http://127.0.0.1"); // never called: the directory plays the Panel
    config.putObject("api").put("host", "127.0.0.1");
    ObjectNode system = config.putObject("system");
    system.put("root_directory", home.resolve("data").toString());
    system.put("log_directory", home.resolve("logs").toString());
    system.put("tmp_directory", home.resolve("data/tmp").toString());
    system.putObject("sftp").put("bind_address", "127.0.0.1");
    return config;
  }

  private static String alphanumeric(RandomGenerator random, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(ALPHANUMERIC.charAt(random.nextInt(ALPHANUMERIC.length())));
    }
    return text.toString();
  }
}
