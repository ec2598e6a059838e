package dev.wings.fs.sqlite;

import dev.wings.fs.sqlite.QueryResultSet.Column;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the process of a query says in the end. The daemon reads it from a process that a hostile
/// database may have taken over, so nothing in it is believed about sizes.
sealed interface QueryAnswer {
  /// Bytes of values, and of what goes with them, that an answer can have at most.
  int MAX_BYTES = 32 << 20;

  record Results(List<QueryResultSet> sets) implements QueryAnswer {}

  record Refused(String message) implements QueryAnswer {}

  record TimedOut(String message) implements QueryAnswer {}

  /// The file is not there, or another one is.
  record Missing() implements QueryAnswer {}

  /// The process could not give up its rights.
  record Unconfined(String message) implements QueryAnswer {}

  default void writeTo(DataOutputStream out) throws IOException {
    switch (this) {
      case Results results -> {
        out.writeByte('R');
        write(out, results.sets());
      }
      case Refused refused -> {
        out.writeByte('E');
        write(out, refused.message());
      }
      case TimedOut timedOut -> {
        out.writeByte('T');
        write(out, timedOut.message());
      }
      case Missing _ -> out.writeByte('M');
      case Unconfined unconfined -> {
        out.writeByte('U');
        write(out, unconfined.message());
      }
    }
    out.flush();
  }

  private static void write(DataOutputStream out, List<QueryResultSet> sets) throws IOException {
    out.writeInt(sets.size());
    for (QueryResultSet set : sets) {
      out.writeInt(set.columns().size());
      for (Column column : set.columns()) {
        write(out, column.name());
        write(out, column.typeName());
      }
      out.writeInt(set.rows().size());
      for (List<QueryValue> row : set.rows()) {
        for (QueryValue value : row) {
          write(out, value);
        }
      }
      out.writeLong(set.rowsAffected());
      out.writeBoolean(set.truncated());
    }
  }

  private static void write(DataOutputStream out, QueryValue value) throws IOException {
    switch (value) {
      case QueryValue.Null _ -> out.writeByte('n');
      case QueryValue.Text text -> {
        out.writeByte('t');
        write(out, text.value());
        out.writeBoolean(text.truncated());
      }
      case QueryValue.Binary binary -> {
        out.writeByte('b');
        write(out, binary.hex());
        out.writeBoolean(binary.truncated());
      }
    }
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /// @throws IOException for an answer that makes no sense
  static QueryAnswer readFrom(DataInputStream in) throws IOException {
    return new Reader(in).answer();
  }

  /// Reads an answer, and no more than an answer can have.
  final class Reader {
    /// What a value takes beside its text.
    private static final int OVERHEAD = 8;

    private final DataInputStream in;
    private int left = MAX_BYTES;

    private Reader(DataInputStream in) {
      this.in = in;
    }

    private QueryAnswer answer() throws IOException {
      int kind = in.readByte();
      return switch (kind) {
        case 'R' -> new Results(sets());
        case 'E' -> new Refused(text());
        case 'T' -> new TimedOut(text());
        case 'M' -> new Missing();
        case 'U' -> new Unconfined(text());
        default -> throw new IOException("unknown answer " + kind);
      };
    }

    private List<QueryResultSet> sets() throws IOException {
      int count = count();
      List<QueryResultSet> sets = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        sets.add(set());
      }
      return sets;
    }

    private QueryResultSet set() throws IOException {
      int width = count();
      List<Column> columns = new ArrayList<>();
      for (int i = 0; i < width; i++) {
        columns.add(new Column(text(), text()));
      }
      int height = count();
      List<List<QueryValue>> rows = new ArrayList<>();
      for (int i = 0; i < height; i++) {
        List<QueryValue> row = new ArrayList<>(width);
        for (int j = 0; j < width; j++) {
          row.add(value());
        }
        rows.add(row);
      }
      return new QueryResultSet(columns, rows, in.readLong(), in.readBoolean());
    }

    private QueryValue value() throws IOException {
      take(OVERHEAD);
      int kind = in.readByte();
      return switch (kind) {
        case 'n' -> new QueryValue.Null();
        case 't' -> new QueryValue.Text(text(), in.readBoolean());
        case 'b' -> new QueryValue.Binary(text(), in.readBoolean());
        default -> throw new IOException("unknown value " + kind);
      };
    }

    private String text() throws IOException {
      int length = in.readInt();
      take(length);
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new IOException("text broke off");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private int count() throws IOException {
      int count = in.readInt();
      take(count);
      return count;
    }

    private void take(int bytes) throws IOException {
      if (bytes < 0 || bytes > left) {
        throw new IOException("answer is too large");
      }
      left -= bytes;
    }
  }
}
