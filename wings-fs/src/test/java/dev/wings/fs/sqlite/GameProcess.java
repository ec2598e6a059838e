package dev.wings.fs.sqlite;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// A game that keeps its database open: runs the statements that it reads, one a line. It has to be
/// a process of its own because the locks of a process are lost as soon as it closes any descriptor
/// of the file.
final class GameProcess {
  static final String DONE = "done";

  private GameProcess() {}

  /// @param arguments the database
  public static void main(String[] arguments) throws SQLException, IOException {
    PrintStream out = new PrintStream(System.out, /* autoFlush= */ true, UTF_8);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[0]);
        Statement statement = connection.createStatement()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        statement.execute(line);
        out.println(DONE);
      }
    }
  }
}
