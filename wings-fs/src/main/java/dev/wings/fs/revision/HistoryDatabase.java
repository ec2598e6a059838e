package dev.wings.fs.revision;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// The statements on one server's history database. The tables are those of the other
/// implementations of this protocol, so that a database can be handed from node to node. Used by
/// one thread at a time.
final class HistoryDatabase implements AutoCloseable {
  private static final int BUSY_MILLIS = 3000;

  /// Pages of 4 KiB of the write-ahead log before it is folded into the database.
  private static final int CHECKPOINT_PAGES = 500;

  /// KiB of pages that a connection keeps.
  private static final int CACHE_KIB = 512;

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE IF NOT EXISTS files ("
              + "id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE)",
          "CREATE TABLE IF NOT EXISTS revisions ("
              + "id INTEGER PRIMARY KEY AUTOINCREMENT, "
              + "file_id INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE, "
              + "chain_id INTEGER NOT NULL, size INTEGER NOT NULL, user_id BLOB, base_id INTEGER, "
              + "payload BLOB NOT NULL, content_hash BLOB NOT NULL, created INTEGER NOT NULL)",
          "CREATE INDEX IF NOT EXISTS revisions_of_file ON revisions (file_id, id)");

  private static final String SELECT_STORED =
      "SELECT id, file_id, chain_id, size, base_id, payload, content_hash"
          + " FROM revisions WHERE id = ?";

  /// @param base the revision whose content is the dictionary, empty for a snapshot
  @SuppressWarnings("ArrayRecordComponent") // rows, never compared
  record Stored(
      long id, long file, long chain, long size, OptionalLong base, byte[] payload, byte[] hash) {}

  /// A revision without its payload.
  @SuppressWarnings("ArrayRecordComponent") // rows, never compared
  record Latest(long id, long chain, byte[] hash) {}

  /// A snapshot with the deltas that stand on it.
  ///
  /// @param bytes of all payloads
  record Chain(long file, long id, long bytes) {}

  private final Connection connection;

  private HistoryDatabase(Connection connection) {
    this.connection = connection;
  }

  /// Opens or creates.
  static HistoryDatabase open(Path file) throws SQLException, IOException {
    Path log = file.resolveSibling(file.getFileName() + "-wal");
    boolean unclean = Files.exists(log) && Files.size(log) > 0;
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.enforceForeignKeys(true);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setCacheSize(-CACHE_KIB);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, Integer.toString(CHECKPOINT_PAGES));
    Properties properties = config.toProperties();
    Connection connection = new JDBC().connect(JDBC.PREFIX + file, properties);
    if (connection == null) {
      throw new SQLException("not a database: " + file);
    }
    HistoryDatabase database = new HistoryDatabase(connection);
    boolean done = false;
    try {
      if (unclean) {
        database.check();
      }
      database.createTables();
      done = true;
      return database;
    } finally {
      if (!done) {
        connection.close();
      }
    }
  }

  /// Whether a failure means that the file itself is damaged, not that something is in the way.
  static boolean damaged(SQLException failure) {
    return failure instanceof SQLiteException known
        && switch (SQLiteErrorCode.getErrorCode(known.getResultCode().code & 0xff)) {
          case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT -> true;
          default -> false;
        };
  }

  private void createTables() throws SQLException {
    try {
      for (String statement : SCHEMA) {
        execute(statement);
      }
      connection.prepareStatement(SELECT_STORED).close();
      connection
          .prepareStatement("SELECT f.path, r.user_id, r.created FROM files f, revisions r")
          .close();
    } catch (SQLiteException other) {
      if (other.getResultCode() == SQLiteErrorCode.SQLITE_ERROR) {
        throw new SQLiteException(
            "tables of another shape: " + other.getMessage(), SQLiteErrorCode.SQLITE_FORMAT);
      }
      throw other;
    }
  }

  private void check() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
      String verdict = result.next() ? result.getString(1) : "";
      if (!verdict.equals("ok")) {
        throw new SQLiteException(verdict, SQLiteErrorCode.SQLITE_CORRUPT);
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// Several changes that happen together or not at all.
  @FunctionalInterface
  interface Changes<T> {
    T apply() throws SQLException;
  }

  <T> T transaction(Changes<T> changes) throws SQLException {
    connection.setAutoCommit(false);
    boolean done = false;
    try {
      T result = changes.apply();
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }

  OptionalLong file(String path) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT id FROM files WHERE path = ?")) {
      query.setString(1, path);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  Optional<String> path(long revision) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT f.path FROM revisions r JOIN files f ON f.id = r.file_id WHERE r.id = ?")) {
      query.setLong(1, revision);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
      }
    }
  }

  long fileOrNew(String path) throws SQLException {
    OptionalLong known = file(path);
    if (known.isPresent()) {
      return known.getAsLong();
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO files (path) VALUES (?) RETURNING id")) {
      insert.setString(1, path);
      return number(insert);
    }
  }

  Optional<Latest> latest(long file) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT id, chain_id, content_hash FROM revisions"
                + " WHERE file_id = ? ORDER BY id DESC LIMIT 1")) {
      query.setLong(1, file);
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? Optional.of(new Latest(row.getLong(1), row.getLong(2), row.getBytes(3)))
            : Optional.empty();
      }
    }
  }

  long chainLength(long file, long chain) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT count(*) FROM revisions WHERE file_id = ? AND chain_id = ?")) {
      query.setLong(1, file);
      query.setLong(2, chain);
      return number(query);
    }
  }

  Optional<Stored> stored(long id) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(SELECT_STORED)) {
      query.setLong(1, id);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        long base = row.getLong(5);
        OptionalLong baseId = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(base);
        return Optional.of(
            new Stored(
                row.getLong(1),
                row.getLong(2),
                row.getLong(3),
                row.getLong(4),
                baseId,
                bytes(row, 6),
                bytes(row, 7)));
      }
    }
  }

  /// A missing blob is as bad as an empty one: neither unpacks.
  private static byte[] bytes(ResultSet row, int column) throws SQLException {
    byte[] value = row.getBytes(column);
    return value == null ? new byte[0] : value;
  }

  /// A new row.
  ///
  /// @param chain empty for a snapshot, which begins a chain with its own id
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Addition(
      long file,
      OptionalLong chain,
      OptionalLong base,
      long size,
      Optional<UUID> user,
      byte[] payload,
      byte[] hash,
      Instant created) {}

  long insert(Addition row) throws SQLException {
    long id;
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO revisions"
                + " (file_id, chain_id, size, user_id, base_id, payload, content_hash, created)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id")) {
      insert.setLong(1, row.file());
      insert.setLong(2, row.chain().orElse(0));
      insert.setLong(3, row.size());
      insert.setBytes(4, row.user().map(HistoryDatabase::bytes).orElse(null));
      if (row.base().isPresent()) {
        insert.setLong(5, row.base().getAsLong());
      } else {
        insert.setNull(5, java.sql.Types.INTEGER);
      }
      insert.setBytes(6, row.payload());
      insert.setBytes(7, row.hash());
      insert.setLong(8, row.created().toEpochMilli());
      id = number(insert);
    }
    if (row.chain().isEmpty()) {
      update("UPDATE revisions SET chain_id = id WHERE id = ?", id);
    }
    return id;
  }

  /// Puts a payload with the same meaning in place if it is smaller.
  ///
  /// @param hash of the content: a row that has been replaced meanwhile stays as it is
  void repack(long id, byte[] payload, byte[] hash) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE revisions SET payload = ?1"
                + " WHERE id = ?2 AND content_hash = ?3 AND length(payload) > length(?1)")) {
      update.setBytes(1, payload);
      update.setLong(2, id);
      update.setBytes(3, hash);
      update.executeUpdate();
    }
  }

  /// Newest first.
  List<FileRevision> revisions(long file) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT id, size, length(payload), user_id, base_id IS NULL, created"
                + " FROM revisions WHERE file_id = ? ORDER BY id DESC")) {
      query.setLong(1, file);
      List<FileRevision> found = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.add(
              new FileRevision(
                  row.getLong(1),
                  row.getLong(2),
                  row.getLong(3),
                  user(row.getBytes(4)),
                  row.getBoolean(5),
                  Instant.ofEpochMilli(row.getLong(6))));
        }
      }
      return found;
    }
  }

  /// Of one file, the oldest first.
  List<Chain> chains(long file) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT file_id, chain_id, sum(length(payload)) FROM revisions"
                + " WHERE file_id = ? GROUP BY chain_id ORDER BY min(id)")) {
      query.setLong(1, file);
      return chains(query);
    }
  }

  /// Bytes of all payloads.
  long totalBytes() throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT coalesce(sum(length(payload)), 0) FROM revisions")) {
      return number(query);
    }
  }

  /// The oldest chain among the files that have more than one.
  Optional<Chain> oldestSpare() throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT file_id, chain_id, sum(length(payload)) FROM revisions"
                + " WHERE file_id IN (SELECT file_id FROM revisions GROUP BY file_id"
                + " HAVING count(DISTINCT chain_id) > 1)"
                + " GROUP BY file_id, chain_id ORDER BY min(id) LIMIT 1")) {
      return chains(query).stream().findFirst();
    }
  }

  private static List<Chain> chains(PreparedStatement query) throws SQLException {
    List<Chain> found = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        found.add(new Chain(row.getLong(1), row.getLong(2), row.getLong(3)));
      }
    }
    return found;
  }

  void drop(Chain chain) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM revisions WHERE file_id = ? AND chain_id = ?")) {
      delete.setLong(1, chain.file());
      delete.setLong(2, chain.id());
      delete.executeUpdate();
    }
  }

  /// Forgets a file, or a directory with everything in it. In the order of bytes `0` follows `/`,
  /// so that what is below a directory is one range of the index.
  void forget(String path) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM files WHERE path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0')")) {
      delete.setString(1, path);
      delete.executeUpdate();
    }
  }

  /// Whether there is a file, or something below a directory, that is on record.
  boolean knows(String path) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT 1 FROM files"
                + " WHERE path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0'))")) {
      query.setString(1, path);
      return number(query) == 1;
    }
  }

  /// Gives a file, or everything in a directory, another name.
  void rename(String from, String to) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE files SET path = ?1 || substr(path, length(?2) + 1)"
                + " WHERE path = ?2 OR (path > ?2 || '/' AND path < ?2 || '0')")) {
      update.setString(1, to);
      update.setString(2, from);
      update.executeUpdate();
    }
  }

  void clear() throws SQLException {
    execute("DELETE FROM files");
  }

  /// Folds the write-ahead log into the database and empties it.
  void checkpoint() throws SQLException {
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  private void update(String sql, long id) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setLong(1, id);
      update.executeUpdate();
    }
  }

  private static long number(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("no row");
      }
      return row.getLong(1);
    }
  }

  private static byte[] bytes(UUID user) {
    return ByteBuffer.allocate(16)
        .putLong(user.getMostSignificantBits())
        .putLong(user.getLeastSignificantBits())
        .array();
  }

  private static Optional<UUID> user(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length != 16) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return Optional.of(new UUID(buffer.getLong(), buffer.getLong()));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
