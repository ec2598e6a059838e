package dev.wings.fs.sqlite;

import java.util.List;

/// What one statement of a batch gave (`http-api.md` A.11).
///
/// @param columns empty for a statement that returns nothing
/// @param rowsAffected rows that it inserted, changed or deleted
/// @param truncated whether rows are missing
public record QueryResultSet(
    List<Column> columns, List<List<QueryValue>> rows, long rowsAffected, boolean truncated) {
  public QueryResultSet {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  /// @param typeName declared type, empty for an expression
  public record Column(String name, String typeName) {
    /// Whether values are meant to be bytes.
    public boolean binary() {
      return typeName.toUpperCase(java.util.Locale.ROOT).contains("BLOB");
    }
  }
}
