package dev.wings.core.install;

import dev.wings.core.container.ExitStatus;
import dev.wings.core.event.ServerEvent;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an installation script says about itself in its two files (`panel-remote-api.md` 9.5, 9.7).
/// The exit code does not count.
final class InstallReport {
  private static final int MAX_TEXT = 255;
  private static final Pattern PROGRESS =
      Pattern.compile("(-?\\d{1,18})(?:/(\\d{1,18}))?(?:\\s+(.*))?");

  private InstallReport() {}

  /// @param status content of the status file
  static Installer.Outcome outcome(ExitStatus exit, String status) {
    if (exit.oomKilled()) {
      return Installer.Outcome.failed("installation container ran out of memory");
    }
    String line = status.lines().findFirst().orElse("").strip();
    if (line.isEmpty() || line.matches("[+-]?0+")) {
      return Installer.Outcome.SUCCESS;
    }
    if (line.matches("[+-]?\\d+")) {
      return Installer.Outcome.failed("installation failed with exit code " + line);
    }
    String text = text(line);
    return Installer.Outcome.failed(text.isEmpty() ? "installation failed" : text);
  }

  /// @param content end of the progress file
  static Optional<ServerEvent.InstallProgress> progress(String content) {
    String line =
        content.lines().map(String::strip).filter(l -> !l.isEmpty()).reduce("", (_, l) -> l);
    Matcher matcher = PROGRESS.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long total = matcher.group(2) == null ? 100 : Long.parseLong(matcher.group(2));
    if (total <= 0) {
      return Optional.empty();
    }
    long done = Math.clamp(Long.parseLong(matcher.group(1)), 0, total);
    String label = matcher.group(3) == null ? "" : text(matcher.group(3));
    return Optional.of(
        new ServerEvent.InstallProgress(done, total, label.isEmpty() ? null : label));
  }

  private static String text(String raw) {
    StringBuilder clean = new StringBuilder();
    raw.codePoints()
        .filter(c -> !Character.isISOControl(c))
        .limit(MAX_TEXT)
        .forEach(clean::appendCodePoint);
    return clean.toString().strip();
  }
}
