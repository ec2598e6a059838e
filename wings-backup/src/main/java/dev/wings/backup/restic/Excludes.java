package dev.wings.backup.restic;

import dev.wings.backup.driver.Creation;
import dev.wings.backup.ignore.Frontier;
import dev.wings.fs.sandbox.Sandbox;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a backup leaves out, in a file that restic reads: command lines have a limit, and their
/// bytes depend on the locale.
///
/// Rules that mean the same to restic are handed on, so that they also hold for what appears while
/// it runs. Others, such as those that bring something back, that hold for directories only or have
/// character classes, become a list of the entries that are excluded now (`backups.md` 7.5).
final class Excludes implements Closeable {
  private static final Pattern SPECIAL = Pattern.compile("[*?\\[\\]\\\\]");

  private static final String PREFIX = "restic-exclude-";

  private final Path file;

  private Excludes(Path file) {
    this.file = file;
  }

  /// @param directory for the file
  static Excludes of(Creation creation, Path directory) throws IOException {
    Files.createDirectories(directory);
    Path file = Files.createTempFile(directory, PREFIX, "");
    boolean done = false;
    try (Writer out = Files.newBufferedWriter(file)) {
      for (String pattern : patterns(creation)) {
        out.write(line(pattern));
        out.write('\n');
      }
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(file);
      }
    }
    return new Excludes(file);
  }

  private static List<String> patterns(Creation creation) throws IOException {
    List<String> patterns = new ArrayList<>();
    patterns.add(Sandbox.STAGING_PREFIX + "*");
    String volume = SPECIAL.matcher(creation.hostPath()).replaceAll("\\\\$0");
    List<String> rules = creation.ignoreText().lines().toList();
    if (rules.stream().allMatch(Excludes::meansTheSame)) {
      rules.forEach(rule -> patterns.add(pattern(rule, volume)));
    } else {
      for (String entry : Frontier.of(creation.root(), creation.filter(), creation.progress())) {
        patterns.add(volume + entry);
      }
    }
    return patterns;
  }

  private static boolean meansTheSame(String rule) {
    return !rule.startsWith("!")
        && !rule.endsWith("/")
        && rule.indexOf('[') < 0
        && !rule.contains("**");
  }

  /// A rule with a slash counts from the volume on, others anywhere.
  private static String pattern(String rule, String volume) {
    if (rule.indexOf('/') < 0) {
      return rule;
    }
    return volume + (rule.startsWith("/") ? rule : "/" + rule);
  }

  /// Lines are trimmed by restic, and variables replaced.
  static String line(String pattern) {
    String line = pattern.replace("$", "$$").replace('\n', '?').replace('\r', '?');
    int end = line.length() - 1;
    return Character.isWhitespace(line.charAt(end)) ? line.substring(0, end) + "?" : line;
  }

  /// Removes the files of processes that ended without doing so.
  static void removeAll(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  String path() {
    return file.toString();
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }
}
