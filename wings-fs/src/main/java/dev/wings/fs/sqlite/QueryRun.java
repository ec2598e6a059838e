package dev.wings.fs.sqlite;

import dev.wings.fs.sqlite.QueryResultSet.Column;
import dev.wings.fs.sqlite.StatementScanner.Statement;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteLimits;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.DB;

/// A batch on an open database, in the process of the query.
final class QueryRun implements AutoCloseable {
  /// Flags of sqlite3_open_v2.
  static final int OPEN_READONLY = 0x1;

  static final int OPEN_READWRITE = 0x2;
  static final int OPEN_CREATE = 0x4;
  private static final int OPEN_URI = 0x40;
  private static final int OPEN_PRIVATECACHE = 0x40000;

  /// Refuses a path with a link in it.
  static final int OPEN_NOFOLLOW = 0x0100_0000;

  private static final int BUSY_MILLIS = 3000;
  private static final int MAX_LENGTH_BYTES = 32 << 20;

  /// Of one text.
  private static final int MAX_TEXT_BYTES = 256 << 10;

  /// Of one blob; its hexadecimal form has twice as many characters.
  private static final int MAX_BLOB_BYTES = 128 << 10;

  /// Of all values of a batch.
  private static final int MAX_TOTAL_BYTES = 4 << 20;

  /// What each value, column and result counts beside its own bytes: they take memory, too.
  private static final int OVERHEAD_BYTES = 48;

  private final SQLiteConnection connection;
  private final int rows;
  private int left = MAX_TOTAL_BYTES;

  private QueryRun(SQLiteConnection connection, int rows) {
    this.connection = connection;
    this.rows = rows;
  }

  /// @param uri of the database
  /// @param flags of sqlite3_open_v2
  static QueryRun open(String uri, int flags, int rows) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("open_mode", Integer.toString(flags | OPEN_URI | OPEN_PRIVATECACHE));
    properties.setProperty("busy_timeout", Integer.toString(BUSY_MILLIS));
    SQLiteConnection connection =
        (SQLiteConnection) new JDBC().connect(JDBC.PREFIX + uri, properties);
    if (connection == null) {
      throw new SQLException("not a database");
    }
    connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, MAX_LENGTH_BYTES);
    connection.setLimit(SQLiteLimits.SQLITE_LIMIT_WORKER_THREADS, 0);
    return new QueryRun(connection, rows);
  }

  /// Lets the database refuse to grow beyond a size, which leaves it in better order than a write
  /// that the kernel refuses.
  void limitSize(long bytes) throws SQLException {
    try (java.sql.Statement statement = connection.createStatement()) {
      long pageBytes;
      try (ResultSet result = statement.executeQuery("PRAGMA page_size")) {
        pageBytes = result.next() ? result.getLong(1) : 4096;
      }
      statement.execute("PRAGMA max_page_count = " + Math.max(1, bytes / pageBytes));
    }
  }

  /// Ends the statement that is running; for another thread.
  void interrupt() throws SQLException {
    connection.getDatabase().interrupt();
  }

  List<QueryResultSet> run(String batch) throws SQLException {
    List<QueryResultSet> sets = new ArrayList<>();
    for (Statement statement : StatementScanner.scan(batch)) {
      left -= OVERHEAD_BYTES;
      sets.add(
          switch (statement.verdict()) {
            case RUN -> run(statement);
            case IGNORE -> new QueryResultSet(List.of(), List.of(), 0, false);
            case DENY -> throw new SQLiteException("not authorized", SQLiteErrorCode.SQLITE_AUTH);
          });
    }
    return sets;
  }

  private QueryResultSet run(Statement statement) throws SQLException {
    DB database = connection.getDatabase();
    long before = database.total_changes();
    try (PreparedStatement prepared = connection.prepareStatement(statement.text())) {
      List<Column> columns = columns(prepared);
      List<List<QueryValue>> values = new ArrayList<>();
      boolean truncated = false;
      if (prepared.execute()) {
        try (ResultSet result = prepared.getResultSet()) {
          truncated = !read(result, columns.size(), values);
        }
      }
      long affected = database.total_changes() == before ? 0 : database.changes();
      return new QueryResultSet(columns, values, affected, truncated);
    }
  }

  private List<Column> columns(PreparedStatement prepared) throws SQLException {
    return ((CoreStatement) prepared)
        .pointer.safeRun((database, statement) -> {
          String[] names = database.column_names(statement);
          List<Column> columns = new ArrayList<>();
          for (int i = 0; names != null && i < names.length; i++) {
            String type = database.column_decltype(statement, i);
            columns.add(new Column(names[i], type == null ? "" : type));
            left -= OVERHEAD_BYTES + names[i].length();
          }
          return columns;
        });
  }

  /// @return false when there were more rows than may be shown
  private boolean read(ResultSet result, int width, List<List<QueryValue>> values)
      throws SQLException {
    while (result.next()) {
      if (values.size() == rows || left < 0) {
        return false;
      }
      List<QueryValue> row = new ArrayList<>(width);
      for (int column = 1; column <= width; column++) {
        row.add(value(result, column));
      }
      if (left < 0) {
        return false;
      }
      values.add(row);
    }
    return true;
  }

  private QueryValue value(ResultSet result, int column) throws SQLException {
    left -= OVERHEAD_BYTES;
    Object value = result.getObject(column);
    if (value == null) {
      return new QueryValue.Null();
    }
    if (value instanceof byte[] bytes) {
      int shown = Math.min(bytes.length, MAX_BLOB_BYTES);
      left -= 2 * shown;
      return new QueryValue.Binary(HexFormat.of().formatHex(bytes, 0, shown), shown < bytes.length);
    }
    // a number in the form that SQLite gives it
    String text = value instanceof String string ? string : result.getString(column);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_TEXT_BYTES) {
      left -= bytes.length;
      return new QueryValue.Text(text, false);
    }
    int end = MAX_TEXT_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--; // not in the middle of a character
    }
    left -= end;
    return new QueryValue.Text(new String(bytes, 0, end, StandardCharsets.UTF_8), true);
  }

  /// SQLite's own message: the driver puts its name for the error before it and brackets around it.
  static String message(SQLException failure) {
    @Nullable String message = failure.getMessage();
    if (message == null) {
      return "unknown error";
    }
    if (failure instanceof SQLiteException known) {
      String prefix = known.getResultCode() + " (";
      if (message.startsWith(prefix) && message.endsWith(")")) {
        return message.substring(prefix.length(), message.length() - 1);
      }
    }
    return message;
  }

  static boolean interrupted(SQLException failure) {
    return failure instanceof SQLiteException known
        && known.getResultCode() == SQLiteErrorCode.SQLITE_INTERRUPT;
  }

  /// What the driver has to say about its own statements at the end changes no result.
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException leftover) {
      System.err.println(leftover);
    }
  }
}
