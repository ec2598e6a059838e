package dev.wings.fs.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Cuts a batch into statements and judges each before SQLite sees it.
///
/// SQLite compiles the first statement of a text and ignores the rest. What a piece does is
/// therefore decided by its first words, which follow nothing but white space and comments; there
/// this scanner reads what SQLite's tokenizer reads. Where else it may cut differently, inside of
/// odd variables for example, it does no harm: a piece that is too short is a syntax error, and the
/// end of one that is too long is never compiled.
final class StatementScanner {
  private static final Set<String> DENIED_SETTINGS =
      Set.of("temp_store_directory", "data_store_directory", "hard_heap_limit", "soft_heap_limit");

  private static final String IGNORED_SETTING = "threads";

  /// Names of a database that is no file.
  private static final Set<String> NO_FILES = Set.of("", ":memory:");

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final String text;
  private int position;

  private StatementScanner(String text) {
    this.text = text;
  }

  /// What to do with a statement.
  enum Verdict {
    RUN,
    /// Answer as if it had been run.
    IGNORE,
    DENY
  }

  record Statement(String text, Verdict verdict) {}

  private enum Kind {
    WORD,
    QUOTED,
    SEMICOLON,
    OTHER
  }

  /// @param value a word in lower case, or what is between quotes, with doubled quotes undone
  private record Token(Kind kind, String value) {
    boolean is(String word) {
      return kind == Kind.WORD && value.equals(word);
    }

    boolean isMark(String mark) {
      return kind == Kind.OTHER && value.equals(mark);
    }
  }

  /// The statements in order, without those that are empty.
  ///
  /// @param batch without a NUL, where SQLite would stop reading
  static List<Statement> scan(String batch) {
    if (batch.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("batch: holds a NUL (expected: none)");
    }
    return new StatementScanner(batch).statements();
  }

  private List<Statement> statements() {
    List<Statement> found = new ArrayList<>();
    List<Token> tokens = new ArrayList<>();
    int start = 0;
    boolean inTrigger = false;
    for (Token token = next(); ; token = next()) {
      if (token != null && token.kind() != Kind.SEMICOLON) {
        tokens.add(token);
        inTrigger = inTrigger || (token.is("begin") && createsTrigger(tokens));
        continue;
      }
      if (token != null && inTrigger && !endsTrigger(tokens)) {
        tokens.add(token);
        continue;
      }
      if (!tokens.isEmpty()) {
        int end = token == null ? position : position - 1;
        found.add(new Statement(text.substring(start, end), judge(tokens)));
      }
      if (token == null) {
        return found;
      }
      tokens.clear();
      start = position;
      inTrigger = false;
    }
  }

  /// `CREATE [TEMP | TEMPORARY] TRIGGER`, maybe explained.
  private static boolean createsTrigger(List<Token> tokens) {
    int next = afterExplain(tokens);
    if (!word(tokens, next, "create")) {
      return false;
    }
    boolean temporary = word(tokens, next + 1, "temp") || word(tokens, next + 1, "temporary");
    return word(tokens, next + (temporary ? 2 : 1), "trigger");
  }

  /// The body of a trigger is a list of statements, each with its semicolon, and an `END`.
  private static boolean endsTrigger(List<Token> tokens) {
    int size = tokens.size();
    return size >= 2
        && tokens.get(size - 1).is("end")
        && tokens.get(size - 2).kind() == Kind.SEMICOLON;
  }

  private static int afterExplain(List<Token> tokens) {
    if (!word(tokens, 0, "explain")) {
      return 0;
    }
    return word(tokens, 1, "query") && word(tokens, 2, "plan") ? 3 : 1;
  }

  private static boolean word(List<Token> tokens, int index, String word) {
    return index < tokens.size() && tokens.get(index).is(word);
  }

  private static boolean mark(List<Token> tokens, int index, String mark) {
    return index < tokens.size() && tokens.get(index).isMark(mark);
  }

  private static Verdict judge(List<Token> tokens) {
    int first = afterExplain(tokens);
    if (word(tokens, first, "attach")) {
      return attachesNoFile(tokens, first + 1) ? Verdict.RUN : Verdict.DENY;
    }
    if (word(tokens, first, "vacuum")) {
      return tokens.stream().anyMatch(token -> token.is("into")) ? Verdict.DENY : Verdict.RUN;
    }
    if (word(tokens, first, "pragma")) {
      return judgePragma(tokens, first + 1); // takes effect even when it is only explained
    }
    return Verdict.RUN;
  }

  private static boolean attachesNoFile(List<Token> tokens, int next) {
    int name = word(tokens, next, "database") ? next + 1 : next;
    return name < tokens.size()
        && tokens.get(name).kind() == Kind.QUOTED
        && NO_FILES.contains(tokens.get(name).value())
        && word(tokens, name + 1, "as");
  }

  private static Verdict judgePragma(List<Token> tokens, int next) {
    int name = mark(tokens, next + 1, ".") ? next + 2 : next;
    if (name >= tokens.size()) {
      return Verdict.RUN;
    }
    boolean sets = mark(tokens, name + 1, "=") || mark(tokens, name + 1, "(");
    String setting = tokens.get(name).value().toLowerCase(Locale.ROOT);
    if (!sets) {
      return Verdict.RUN;
    }
    if (DENIED_SETTINGS.contains(setting)) {
      return Verdict.DENY;
    }
    return setting.equals(IGNORED_SETTING) ? Verdict.IGNORE : Verdict.RUN;
  }

  /// The next token that is neither white space nor a comment; null at the end.
  private @Nullable Token next() {
    skipBlanks();
    if (position >= text.length()) {
      return null;
    }
    char c = text.charAt(position);
    return switch (c) {
      case '\'', '"', '`' -> quoted(c);
      case '[' -> bracketed();
      case ';' -> {
        position++;
        yield new Token(Kind.SEMICOLON, ";");
      }
      default -> isWord(c) ? word() : mark();
    };
  }

  private void skipBlanks() {
    while (position < text.length()) {
      char c = text.charAt(position);
      // a vertical tab is white space to SQLite only after other white space; alone it is an error
      if (c == ' ' || (c >= '\t' && c <= '\r') || c == BYTE_ORDER_MARK) {
        position++;
      } else if (text.startsWith("--", position)) {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end + 1;
      } else if (text.startsWith("/*", position) && position + 2 < text.length()) {
        int end = text.indexOf("*/", position + 2);
        position = end < 0 ? text.length() : end + 2;
      } else {
        return;
      }
    }
  }

  private Token quoted(char quote) {
    StringBuilder value = new StringBuilder();
    for (position++; position < text.length(); position++) {
      char c = text.charAt(position);
      if (c != quote) {
        value.append(c);
      } else if (position + 1 < text.length() && text.charAt(position + 1) == quote) {
        value.append(quote);
        position++;
      } else {
        position++;
        return new Token(Kind.QUOTED, value.toString());
      }
    }
    return new Token(Kind.OTHER, "unterminated");
  }

  private Token bracketed() {
    int end = text.indexOf(']', position);
    if (end < 0) {
      position = text.length();
      return new Token(Kind.OTHER, "unterminated");
    }
    Token token = new Token(Kind.QUOTED, text.substring(position + 1, end));
    position = end + 1;
    return token;
  }

  private Token word() {
    int start = position;
    while (position < text.length() && isWord(text.charAt(position))) {
      position++;
    }
    return new Token(Kind.WORD, text.substring(start, position).toLowerCase(Locale.ROOT));
  }

  private Token mark() {
    return new Token(Kind.OTHER, text.substring(position, ++position));
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '$'
        || c >= 0x80;
  }
}
