package dev.wings.daemon.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `wings.YYYY-MM-DD.log`, one per day in UTC (`configuration.md` 17). A full file is followed by
/// `wings.YYYY-MM-DD.2.log` and so on. Before a file is opened the oldest go, until neither days
/// nor bytes are too many; the room of a whole new file is counted, so the limit is never exceeded.
final class DailyLogs extends LogFile {
  private static final Pattern NAME =
      Pattern.compile("wings\\.(\\d{4}-\\d{2}-\\d{2})(?:\\.(\\d{1,9}))?\\.log");

  private final Path directory;
  private final long totalBytes;
  private final int days;

  private record Day(LocalDate day, int part, Path file) {
    static final Comparator<Day> BY_AGE = Comparator.comparing(Day::day).thenComparing(Day::part);
  }

  /// @param fileBytes largest size of one file
  /// @param totalBytes largest sum of all, at least two files
  /// @param days how many days are kept
  DailyLogs(Path directory, InstantSource clock, long fileBytes, long totalBytes, int days) {
    super(clock, fileBytes);
    if (totalBytes < 2 * fileBytes) {
      throw new IllegalArgumentException("totalBytes: " + totalBytes + " (expected: two files)");
    }
    this.directory = directory;
    this.totalBytes = totalBytes;
    this.days = days;
  }

  @Override
  boolean serves(LocalDate opened, LocalDate today) {
    return opened.equals(today);
  }

  @Override
  Path next(LocalDate today, long length) throws IOException {
    List<Day> files = files();
    Path next = directory.resolve("wings." + today + ".log");
    for (Day file : files) {
      if (file.day().equals(today)) {
        next =
            fits(file.file(), length)
                ? file.file()
                : directory.resolve("wings." + today + "." + (file.part() + 1) + ".log");
      }
    }
    makeRoom(files, next, today);
    return next;
  }

  private void makeRoom(List<Day> files, Path next, LocalDate today) throws IOException {
    Set<LocalDate> kept = new HashSet<>(Set.of(today));
    long total = maxBytes();
    for (Day file : files.reversed()) {
      if (file.file().equals(next)) {
        continue;
      }
      total += Files.size(file.file());
      kept.add(file.day());
      if (total > totalBytes || kept.size() > days) {
        Files.deleteIfExists(file.file());
      }
    }
  }

  /// Oldest first.
  private List<Day> files() throws IOException {
    List<Day> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "wings.*.log")) {
      entries.forEach(entry -> parse(entry).ifPresent(files::add));
    }
    files.sort(Day.BY_AGE);
    return files;
  }

  private static Optional<Day> parse(Path file) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    if (!name.matches()) {
      return Optional.empty();
    }
    try {
      int part = name.group(2) == null ? 1 : Integer.parseInt(name.group(2));
      return Optional.of(new Day(LocalDate.parse(name.group(1)), part, file));
    } catch (DateTimeParseException noDate) {
      return Optional.empty(); // 2026-99-99 is somebody else's file
    }
  }
}
