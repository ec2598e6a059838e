package dev.wings.daemon.local;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.json.Yaml;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAttempt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file of those who may log in on a stand-alone node.
///
/// It is looked at on every call and read when it has changed. One entry that is wrong costs that
/// user only; while the file as a whole cannot be read, what it held before counts. A file that is
/// missing or was removed holds nobody. Safe for use by many threads.
final class LocalUsers {
  private static final Logger log = LoggerFactory.getLogger(LocalUsers.class);
  private static final long MAX_FILE_BYTES = 4 << 20;

  /// Passwords that are checked at the same time, since each takes tens of megabytes.
  private static final int CONCURRENT_CHECKS = 2;

  /// Checked for users that do not exist, so that they take as long as others. Nobody knows the
  /// password.
  private static final PasswordHash NOBODY =
      PasswordHash.parse(
          "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
              + "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private final Path file;
  private final Semaphore checks = new Semaphore(CONCURRENT_CHECKS);
  private @Nullable Version version; // guarded by this
  private Map<String, LocalUser> users = Map.of(); // guarded by this

  /// Tells a changed file from an unchanged one.
  private record Version(FileTime modified, long size, @Nullable Object identity) {}

  LocalUsers(Path file) {
    this.file = file;
  }

  Path directory() {
    return requireNonNull(file.toAbsolutePath().getParent(), "directory of a file");
  }

  /// Everybody, by name.
  synchronized Map<String, LocalUser> all() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Version now =
          new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
      if (!now.equals(version)) {
        version = now; // what is wrong with it is told once for each change
        users = read(attributes);
      }
    } catch (NoSuchFileException absent) {
      version = null;
      users = Map.of();
    } catch (IOException | WingsException unreadable) {
      log.atError()
          .addKeyValue("file", file)
          .addKeyValue("reason", unreadable.getMessage())
          .log("the users cannot be read, those from before stay");
    }
    return users;
  }

  private Map<String, LocalUser> read(BasicFileAttributes attributes) throws IOException {
    if (!attributes.isRegularFile() || attributes.size() > MAX_FILE_BYTES) {
      throw WingsException.invalid("not a file of at most " + MAX_FILE_BYTES + " bytes");
    }
    Map<String, LocalUser> read = new LinkedHashMap<>();
    JsonNode tree = Yaml.read(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    for (JsonNode entry : tree.path("users")) {
      try {
        LocalUser user = LocalUser.read(entry);
        if (read.putIfAbsent(user.name(), user) != null) {
          throw WingsException.invalid("name: two users have it, the first counts");
        }
      } catch (WingsException wrong) {
        log.atError()
            .addKeyValue("file", file)
            .addKeyValue("user", entry.path("name").asText("?"))
            .addKeyValue("reason", wrong.getMessage())
            .log("a user cannot be used and is left out");
      }
    }
    return Map.copyOf(read);
  }

  /// The user, when the attempt shows a secret of that user. Blocks while passwords are checked.
  Optional<LocalUser> authenticate(String name, SftpAttempt attempt) {
    Optional<LocalUser> user = Optional.ofNullable(all().get(name));
    return switch (attempt.kind()) {
      case PUBLIC_KEY -> {
        Optional<String> key = LocalUser.key(attempt.secret());
        yield user.filter(known -> key.isPresent() && known.keys().contains(key.get()));
      }
      case PASSWORD -> {
        Optional<PasswordHash> hash = user.flatMap(LocalUser::password);
        yield matches(hash.orElse(NOBODY), attempt.secret()) && hash.isPresent()
            ? user
            : Optional.empty();
      }
    };
  }

  private boolean matches(PasswordHash hash, String password) {
    try {
      checks.acquire();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new PanelException(0, List.of("interrupted"), interrupted);
    }
    try {
      return hash.matches(password);
    } finally {
      checks.release();
    }
  }
}
