package dev.wings.core.permission;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may do what on one server at this moment: the map that tokens, Panel pushes and SFTP logins
/// update (`websocket.md` 1.4 staleness rule, 1.6, 1.11). Safe for use by many threads.
///
/// Besides the permissions each user has two stamps, the second of the Panel's last push and of the
/// last fetch at a login. They outlive a revocation, so that an older token cannot bring the user
/// back. Users that nobody asked about for a day are forgotten; by then no token issued before the
/// push can be valid any more.
public final class LivePermissions {
  private static final Logger log = LoggerFactory.getLogger(LivePermissions.class);
  private static final Duration KEEP = Duration.ofHours(24);
  private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(60);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<UUID, User> users = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<RevocationListener> listeners = new CopyOnWriteArrayList<>();
  private volatile long sweptNanos;

  /// Everything about one user; replaced as a whole, under the map's lock of that key.
  private static final class User {
    final @Nullable Entry entry;
    final long pushSecond;
    final long fetchSecond;
    volatile long usedNanos;

    /// Of an absent entry, otherwise of no meaning.
    final long revokedNanos;

    User(@Nullable Entry entry, long pushSecond, long fetchSecond, long usedNanos) {
      this.revokedNanos = usedNanos;
      this.entry = entry;
      this.pushSecond = pushSecond;
      this.fetchSecond = fetchSecond;
      this.usedNanos = usedNanos;
    }
  }

  /// @param clock stamps pushes and fetches; they are compared with `iat`, so the daemon passes its
  ///   [dev.wings.core.token.TokenClock]
  public LivePermissions(InstantSource clock) {
    this(clock, System::nanoTime);
  }

  /// @param nanos monotonic clock for forgetting
  public LivePermissions(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    this.sweptNanos = nanos.getAsLong();
  }

  /// What a user may do now.
  ///
  /// @param ignoredFiles gitignore-style patterns hidden from this user
  public record Entry(PermissionSet permissions, List<String> ignoredFiles) {
    public Entry {
      ignoredFiles = List.copyOf(ignoredFiles);
    }
  }

  /// What became of a token's permissions.
  public enum Admission {
    /// The token is older than the Panel's last push: refuse it.
    STALE,
    /// The token holds, but a login fetched newer permissions, which stay.
    KEPT,
    /// The token's permissions are the live ones now.
    REPLACED
  }

  /// Told when a user lost everything on this server. Runs on the thread that revoked; must return
  /// quickly.
  @FunctionalInterface
  public interface RevocationListener {
    void revoked(UUID user);
  }

  /// Ends the subscription of a listener; idempotent.
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  public Optional<Entry> find(UUID user) {
    User known = users.get(user);
    if (known == null || known.entry == null) {
      return Optional.empty();
    }
    known.usedNanos = nanos.getAsLong();
    return Optional.of(known.entry);
  }

  /// Takes the permissions of a valid token, unless something newer is known.
  ///
  /// @param ignoredFiles null keeps the list that is known already
  /// @param issuedAt `iat` of the token
  public Admission admit(
      UUID user, PermissionSet permissions, @Nullable List<String> ignoredFiles, long issuedAt) {
    sweepWhenDue();
    Admission[] outcome = new Admission[1];
    users.compute(
        user,
        (_, known) -> {
          if (known != null && issuedAt <= known.pushSecond) {
            outcome[0] = Admission.STALE;
            return known;
          }
          if (known != null && known.entry != null && issuedAt <= known.fetchSecond) {
            outcome[0] = Admission.KEPT;
            known.usedNanos = nanos.getAsLong();
            return known;
          }
          outcome[0] = Admission.REPLACED;
          List<String> hidden = ignoredFiles;
          if (hidden == null) {
            hidden = known == null || known.entry == null ? List.of() : known.entry.ignoredFiles();
          }
          return new User(
              new Entry(permissions, hidden),
              known == null ? Long.MIN_VALUE : known.pushSecond,
              known == null ? Long.MIN_VALUE : known.fetchSecond,
              nanos.getAsLong());
        });
    return outcome[0];
  }

  /// Takes what the Panel pushed: tokens issued up to now are refused from here on. An empty list
  /// of names revokes.
  ///
  /// @param permissions wire names; unknown ones are dropped
  public void push(UUID user, List<String> permissions, List<String> ignoredFiles) {
    sweepWhenDue();
    if (permissions.isEmpty()) {
      revoke(user);
      return;
    }
    Entry entry = new Entry(PermissionSet.parse(permissions), ignoredFiles);
    long second = clock.instant().getEpochSecond();
    users.compute(
        user,
        (_, known) ->
            new User(
                entry,
                second,
                known == null ? Long.MIN_VALUE : known.fetchSecond,
                nanos.getAsLong()));
  }

  /// Whether a user holds a permission, without this counting as use.
  public boolean allows(UUID user, Permission permission) {
    User known = users.get(user);
    return known != null && known.entry != null && known.entry.permissions().allows(permission);
  }

  /// A moment for [#fetched(UUID, PermissionSet, List, long)].
  public long moment() {
    return nanos.getAsLong();
  }

  /// As [#fetched(UUID, PermissionSet, List)], unless the user was revoked while the Panel was
  /// asked, so that its answer may be older.
  ///
  /// @param asked [#moment] before the Panel was asked
  /// @return false when nothing was taken because of that
  public boolean fetched(
      UUID user, PermissionSet permissions, List<String> ignoredFiles, long asked) {
    sweepWhenDue();
    Entry entry = new Entry(permissions, ignoredFiles);
    long second = clock.instant().getEpochSecond();
    boolean[] taken = new boolean[1];
    users.compute(
        user,
        (_, known) -> {
          if (known != null && known.entry == null && known.revokedNanos - asked >= 0) {
            return known;
          }
          taken[0] = true;
          return fetchedUser(known, entry, second);
        });
    return taken[0];
  }

  /// Takes what the Panel answered at an SFTP or SSH login.
  public void fetched(UUID user, PermissionSet permissions, List<String> ignoredFiles) {
    sweepWhenDue();
    Entry entry = new Entry(permissions, ignoredFiles);
    long second = clock.instant().getEpochSecond();
    users.compute(user, (_, known) -> fetchedUser(known, entry, second));
  }

  private User fetchedUser(@Nullable User known, Entry entry, long second) {
    return new User(
        entry, known == null ? Long.MIN_VALUE : known.pushSecond, second, nanos.getAsLong());
  }

  /// Takes everything from a user and tells the listeners.
  public void revoke(UUID user) {
    long second = clock.instant().getEpochSecond();
    users.compute(
        user,
        (_, known) ->
            new User(
                null,
                second,
                known == null ? Long.MIN_VALUE : known.fetchSecond,
                nanos.getAsLong()));
    for (RevocationListener listener : listeners) {
      try {
        listener.revoked(user);
      } catch (RuntimeException failure) {
        log.atError().addKeyValue("user", user).setCause(failure).log("revocation listener failed");
      }
    }
  }

  public Subscription onRevocation(RevocationListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void sweepWhenDue() {
    long now = nanos.getAsLong();
    if (now - sweptNanos >= SWEEP_INTERVAL.toNanos()) {
      sweptNanos = now;
      users.values().removeIf(user -> now - user.usedNanos > KEEP.toNanos());
    }
  }
}
