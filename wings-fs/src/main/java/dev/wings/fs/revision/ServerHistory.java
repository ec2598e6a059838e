package dev.wings.fs.revision;

import com.github.luben.zstd.ZstdException;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.hash.Blake3;
import dev.wings.fs.revision.HistoryDatabase.Addition;
import dev.wings.fs.revision.HistoryDatabase.Chain;
import dev.wings.fs.revision.HistoryDatabase.Latest;
import dev.wings.fs.revision.HistoryDatabase.Stored;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is recorded of an edit and what is dropped for it (`filesystem.md` 21). Used with the
/// server's lock held.
final class ServerHistory {
  private static final Logger log = LoggerFactory.getLogger(ServerHistory.class);
  private static final int MAX_DEPTH = 1000;

  /// What zstd does in a few milliseconds for a megabyte.
  private static final int QUICK_LEVEL = 3;

  /// Larger contents are packed quickly first and well later: level 19 takes up to a second for a
  /// megabyte, and the user waits for the answer.
  private static final int WELL_AT_ONCE_BYTES = 16 << 10;

  private final HistoryDatabase database;
  private final SystemConfig.FileHistory settings;

  ServerHistory(HistoryDatabase database, SystemConfig.FileHistory settings) {
    this.database = database;
    this.settings = settings;
  }

  /// @param revision of the content after the edit
  /// @param quick revisions that can be packed better later
  record Recorded(long revision, List<Long> quick) {}

  /// Records an edit.
  ///
  /// @param before content that was there, which may differ from the last one on record; empty when
  ///   nobody has seen it
  Recorded record(
      String path, Optional<byte[]> before, byte[] after, Optional<UUID> user, Instant now)
      throws SQLException {
    return database.transaction(() -> {
      long file = database.fileOrNew(path);
      byte[] hash = Blake3.hash(after);
      Optional<Latest> latest = database.latest(file);
      if (latest.isPresent() && Arrays.equals(latest.get().hash(), hash)) {
        return new Recorded(latest.get().id(), List.of());
      }
      Recorded recorded =
          latest.isPresent()
              ? append(file, latest.get(), after, hash, user, now)
              : begin(file, before, after, hash, user, now);
      prune(file);
      return recorded;
    });
  }

  private Recorded begin(
      long file,
      Optional<byte[]> known,
      byte[] after,
      byte[] hash,
      Optional<UUID> user,
      Instant now)
      throws SQLException {
    if (known.isEmpty() || Arrays.equals(known.get(), after)) {
      return recorded(snapshot(file, after, hash, user, now), after);
    }
    byte[] before = known.get();
    byte[] hashBefore = Blake3.hash(before);
    long first = snapshot(file, before, hashBefore, Optional.empty(), now.minusMillis(1));
    Latest base = new Latest(first, first, hashBefore);
    long second = difference(file, base, before, after, hash, user, now);
    boolean quick = before.length > WELL_AT_ONCE_BYTES || after.length > WELL_AT_ONCE_BYTES;
    return new Recorded(second, quick ? List.of(first, second) : List.of());
  }

  private Recorded append(
      long file, Latest latest, byte[] after, byte[] hash, Optional<UUID> user, Instant now)
      throws SQLException {
    if (database.chainLength(file, latest.chain()) < Math.max(1, settings.anchorInterval())) {
      try {
        byte[] base = content(latest.id());
        return recorded(difference(file, latest, base, after, hash, user, now), after);
      } catch (DamagedRevisionException damaged) {
        log.atWarn()
            .addKeyValue("revision", latest.id())
            .setCause(damaged)
            .log("damaged revision, the history of the file goes on with a snapshot");
      }
    }
    return recorded(snapshot(file, after, hash, user, now), after);
  }

  private static Recorded recorded(long revision, byte[] content) {
    return new Recorded(
        revision, content.length > WELL_AT_ONCE_BYTES ? List.of(revision) : List.of());
  }

  private long difference(
      long file,
      Latest latest,
      byte[] base,
      byte[] after,
      byte[] hash,
      Optional<UUID> user,
      Instant now)
      throws SQLException {
    byte[] whole = Payload.whole(after, level(after));
    byte[] delta;
    try {
      delta = Payload.delta(after, base, level(after));
    } catch (ZstdException unusable) {
      log.atDebug().setCause(unusable).log("content cannot serve as a dictionary");
      delta = whole;
    }
    boolean worth = delta.length * 10L < whole.length * 9L;
    return database.insert(
        new Addition(
            file,
            worth ? OptionalLong.of(latest.chain()) : OptionalLong.empty(),
            worth ? OptionalLong.of(latest.id()) : OptionalLong.empty(),
            after.length,
            user,
            worth ? delta : whole,
            hash,
            now));
  }

  private long snapshot(long file, byte[] content, byte[] hash, Optional<UUID> user, Instant now)
      throws SQLException {
    return database.insert(
        new Addition(
            file,
            OptionalLong.empty(),
            OptionalLong.empty(),
            content.length,
            user,
            Payload.whole(content, level(content)),
            hash,
            now));
  }

  private int level(byte[] content) {
    return content.length > WELL_AT_ONCE_BYTES
        ? Math.min(QUICK_LEVEL, settings.zstdLevel())
        : settings.zstdLevel();
  }

  /// What is needed to pack a revision better.
  ///
  /// @param base content that is the dictionary, empty for a snapshot
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Unpacked(long id, byte[] content, Optional<byte[]> base, byte[] hash) {
    byte[] pack(int level) {
      return base.isPresent()
          ? Payload.delta(content, base.get(), level)
          : Payload.whole(content, level);
    }
  }

  /// Empty when it has gone meanwhile.
  Optional<Unpacked> unpacked(long revision) throws SQLException, DamagedRevisionException {
    Optional<Stored> row = database.stored(revision);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong base = row.get().base();
    return Optional.of(
        new Unpacked(
            revision,
            content(revision),
            base.isPresent() ? Optional.of(content(base.getAsLong())) : Optional.empty(),
            row.get().hash()));
  }

  /// The content of a revision, each step checked against its hash.
  ///
  /// @throws DamagedRevisionException also when a revision on the way is missing
  byte[] content(long revision) throws SQLException, DamagedRevisionException {
    Deque<Stored> steps = new ArrayDeque<>();
    OptionalLong next = OptionalLong.of(revision);
    while (next.isPresent()) {
      if (steps.size() > MAX_DEPTH) {
        throw new DamagedRevisionException("chain is too long");
      }
      Stored row =
          database
              .stored(next.getAsLong())
              .orElseThrow(() -> new DamagedRevisionException("revision is missing"));
      steps.push(row);
      next = row.base();
    }
    byte[] content = {};
    for (Stored step : steps) {
      content =
          step.base().isPresent()
              ? Payload.unpackDelta(step.payload(), content, step.size())
              : Payload.unpackWhole(step.payload(), step.size());
      if (!Arrays.equals(Blake3.hash(content), step.hash())) {
        throw new DamagedRevisionException("revision %d has another hash".formatted(step.id()));
      }
    }
    return content;
  }

  /// Drops whole chains, the oldest first. The newest chain of a file always stays: it is the one
  /// that the edit belongs to.
  private void prune(long file) throws SQLException {
    int keep = Math.max(1, settings.keepChains());
    // What is above the budget of a file goes only down to the same number of chains, so the budget
    // never takes more than the number does.
    List<Chain> chains = database.chains(file);
    for (Chain surplus : chains.subList(0, Math.max(0, chains.size() - keep))) {
      database.drop(surplus);
    }
    long total = database.totalBytes();
    while (total > settings.perServerDiskBudget()) {
      Optional<Chain> spare = database.oldestSpare();
      if (spare.isEmpty()) {
        return;
      }
      database.drop(spare.get());
      total -= spare.get().bytes();
    }
  }
}
