package dev.wings.core.permission;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who may do what on one server at this moment: the map that tokens, Panel pushes and SFTP logins
/// update (`websocket.md` 1.4 staleness rule, 1.6, 1.11). Safe for use by many threads.
public final class LivePermissions {
  private final InstantSource clock;
  private final ConcurrentHashMap<UUID, Entry> entries = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<RevocationListener> listeners = new CopyOnWriteArrayList<>();

  public LivePermissions(InstantSource clock) {
    this.clock = clock;
  }

  /// What a user may do now.
  ///
  /// @param ignoredFiles gitignore-style patterns hidden from this user
  public record Entry(PermissionSet permissions, List<String> ignoredFiles) {
    public Entry {
      ignoredFiles = List.copyOf(ignoredFiles);
    }
  }

  /// Told when a user lost everything on this server.
  @FunctionalInterface
  public interface RevocationListener {
    void revoked(UUID user);
  }

  public Optional<Entry> find(UUID user) {
    return Optional.ofNullable(entries.get(user));
  }
}
