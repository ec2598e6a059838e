package dev.wings.docker.internal.image;

import static com.google.common.base.Strings.isNullOrEmpty;
import static java.util.Objects.requireNonNullElse;

import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.model.ResponseItem.ProgressDetail;
import dev.wings.core.container.PullListener;
import java.util.Locale;

/// Turns one item of the engine's progress stream into listener calls (`containers.md` 6.3).
final class PullProgress {
  private static final int WIDTH = 50;

  private PullProgress() {}

  static void report(PullResponseItem item, PullListener listener) {
    String status = item.getStatus();
    if (isNullOrEmpty(status)) {
      return;
    }
    String layer = item.getId();
    ProgressDetail detail = item.getProgressDetail();
    Long current = detail == null ? null : detail.getCurrent();
    Long whole = detail == null ? null : detail.getTotal();
    boolean sized = current != null;
    long processed = requireNonNullElse(current, 0L);
    long total = requireNonNullElse(whole, 0L);
    if (!isNullOrEmpty(layer)) {
      switch (status.toLowerCase(Locale.ROOT)) {
        case "downloading", "extracting" -> {
          if (sized) {
            boolean extracting = status.equalsIgnoreCase("extracting");
            listener.layerProgress(layer, extracting, processed, total);
          }
        }
        case "download complete", "pull complete" -> listener.layerCompleted(layer);
        default -> {
          // other states of a layer are only shown as text
        }
      }
    }
    listener.statusLine(sized ? status + " " + bar(status, processed, total) : status);
  }

  /// `[====> ] 12.34% 5.0 MiB`; the bar takes what the status leaves of 50 columns.
  static String bar(String status, long processed, long total) {
    int width = Math.max(0, WIDTH - status.length());
    double share = total <= 0 ? 0 : Math.min(1, (double) processed / total);
    int filled = (int) (width * share);
    StringBuilder bar = new StringBuilder(width + 24).append('[');
    bar.repeat('=', filled);
    if (filled < width) {
      bar.append('>').repeat(' ', width - filled - 1);
    }
    bar.append(String.format(Locale.ROOT, "] %.2f%%", share * 100));
    return total > 0 ? bar.append(' ').append(size(total)).toString() : bar.toString();
  }

  private static String size(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }
}
