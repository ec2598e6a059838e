package dev.wings.sftp;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.opentest4j.TestAbortedException;

/// Which client did what, for people to read.
final class ClientMatrix {
  private final Set<String> verbs = new LinkedHashSet<>();
  private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();
  private final Map<String, String> skipped = new LinkedHashMap<>();

  /// Something that is seen to have worked.
  @FunctionalInterface
  interface Check {
    void run() throws Exception;
  }

  /// The row of one client.
  final class Row {
    private final Map<String, String> cells;

    private Row(Map<String, String> cells) {
      this.cells = cells;
    }

    /// Fills a cell; a failure is noted and goes on.
    void does(String verb, Check check) throws Exception {
      fill(verb, "yes", check);
    }

    /// The same for what works in part only.
    void almostDoes(String verb, Check check) throws Exception {
      fill(verb, "part", check);
    }

    private void fill(String verb, String success, Check check) throws Exception {
      verbs.add(verb);
      cells.put(verb, "FAILS");
      check.run();
      cells.put(verb, success);
    }
  }

  /// Plays a client; what it lacks is noted.
  ///
  /// @param play fills the row
  void client(String name, Play play) throws Exception {
    Map<String, String> cells = new LinkedHashMap<>();
    rows.put(name, cells);
    try {
      play.play(new Row(cells));
    } catch (TestAbortedException missing) {
      rows.remove(name);
      skipped.put(name, String.valueOf(missing.getMessage()));
      throw missing;
    }
  }

  /// A whole client.
  @FunctionalInterface
  interface Play {
    void play(Row row) throws Exception;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Clients of SFTP\n");
    line(text, "", verb -> verb);
    rows.forEach((client, cells) -> line(text, client, verb -> cells.getOrDefault(verb, "-")));
    skipped.forEach(
        (client, why) -> text.append(client).append(" skipped: ").append(why).append('\n'));
    return text.toString();
  }

  private void line(StringBuilder text, String client, UnaryOperator<String> cell) {
    text.append(String.format("%-24s", client));
    for (String verb : verbs) {
      text.append(String.format("%-" + (Math.max(verb.length(), 5) + 1) + "s", cell.apply(verb)));
    }
    text.append('\n');
  }
}
