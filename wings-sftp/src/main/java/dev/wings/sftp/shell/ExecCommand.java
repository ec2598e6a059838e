package dev.wings.sftp.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What an `exec` request asks for (`sftp.md` 15).
sealed interface ExecCommand {
  /// Unpack an archive.
  record Extract(String archive, String directory) implements ExecCommand {}

  /// Pack files.
  record Create(String directory, String archive, List<String> paths) implements ExecCommand {
    public Create {
      paths = List.copyOf(paths);
    }
  }

  /// A program that moves or compares files, which has to be replaced by SFTP.
  record Transfer(String program) implements ExecCommand {}

  /// A line for the game.
  record Line(String text) implements ExecCommand {}

  static ExecCommand parse(String command) {
    List<String> words = words(command);
    if (words.isEmpty()) {
      return new Line(command);
    }
    String program = words.getFirst().substring(words.getFirst().lastIndexOf('/') + 1);
    if (Programs.TRANSFER.contains(program)) {
      return new Transfer(program);
    }
    return extract(words).or(() -> create(words)).orElseGet(() -> new Line(command));
  }

  /// Programs that clients run on a host to move and compare files.
  final class Programs {
    static final Set<String> TRANSFER =
        Set.of(
            "scp",
            "rsync",
            "sftp-server",
            "internal-sftp",
            "git-upload-pack",
            "git-receive-pack",
            "git-upload-archive",
            "svnserve",
            "borg",
            "unison",
            "rclone",
            "md5sum", // asked for by clients that compare what they have copied
            "md5",
            "sha1sum",
            "sha1",
            "sha256sum",
            "xxhsum",
            "b3sum");

    private Programs() {}
  }

  /// `tar -xzpPf ARCHIVE -C DIRECTORY`.
  private static Optional<ExecCommand> extract(List<String> words) {
    return words.size() == 5
            && words.get(0).equals("tar")
            && flags(words.get(1), 'x')
            && words.get(3).equals("-C")
        ? Optional.of(new Extract(words.get(2), words.get(4)))
        : Optional.empty();
  }

  /// `cd DIRECTORY; tar -czf ARCHIVE PATHS…`.
  private static Optional<ExecCommand> create(List<String> words) {
    return words.size() >= 7
            && words.get(0).equals("cd")
            && (words.get(2).equals(";") || words.get(2).equals("&&"))
            && words.get(3).equals("tar")
            && flags(words.get(4), 'c')
        ? Optional.of(new Create(words.get(1), words.get(5), words.subList(6, words.size())))
        : Optional.empty();
  }

  /// Letters of `tar` that name one action and the archive's file.
  private static boolean flags(String word, char action) {
    String letters = word.startsWith("-") ? word.substring(1) : word;
    return letters.endsWith("f")
        && letters.indexOf(action) >= 0
        && letters.chars().allMatch(letter -> Character.isLetter(letter));
  }

  /// Splits as a shell does: blanks between words, quotes, backslashes, and `;` and `&&` as words.
  static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean open = false;
    char quote = 0;
    for (int i = 0; i < command.length(); i++) {
      char c = command.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else if (c == '\\' && quote == '"' && i + 1 < command.length()) {
          word.append(command.charAt(++i));
        } else {
          word.append(c);
        }
      } else if (c == '\\' && i + 1 < command.length()) {
        word.append(command.charAt(++i));
        open = true;
      } else if (c == '"' || c == '\'') {
        quote = c;
        open = true;
      } else if (c == ' ' || c == '\t' || c == ';' || command.startsWith("&&", i)) {
        if (open) {
          words.add(word.toString());
          word.setLength(0);
          open = false;
        }
        if (c == ';') {
          words.add(";");
        } else if (c == '&') {
          words.add("&&");
          i++;
        }
      } else {
        word.append(c);
        open = true;
      }
    }
    if (open) {
      words.add(word.toString());
    }
    return words;
  }
}
