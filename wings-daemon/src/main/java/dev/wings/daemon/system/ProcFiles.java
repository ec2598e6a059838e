package dev.wings.daemon.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Parses the text files of `/proc` (proc(5)). A file or field that is missing, as on other
/// systems, counts as zero or empty.
final class ProcFiles {
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final long SECTOR_BYTES = 512; // whatever the disk's own sector size is
  private static final Pattern WHOLE_DISK =
      Pattern.compile("(sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\\d+n\\d+|mmcblk\\d+)");

  private final Path proc;

  ProcFiles(Path proc) {
    this.proc = proc;
  }

  /// @param busy ticks spent working since boot, all processors
  /// @param total ticks of any kind
  record CpuTicks(long busy, long total) {}

  record NetworkCounters(long received, long receivedPackets, long sent, long sentPackets) {}

  record DiskCounters(long read, long written) {}

  record MemoryBytes(long total, long free, long available) {}

  CpuTicks cpuTicks() {
    String[] fields = firstLine("stat").map(BLANKS::split).orElse(new String[0]);
    long total = 0;
    long idle = 0;
    // user nice system idle iowait irq softirq steal; guest times are contained in user and nice
    for (int i = 1; i < Math.min(fields.length, 9); i++) {
      long ticks = number(fields[i]);
      total += ticks;
      if (i == 4 || i == 5) {
        idle += ticks;
      }
    }
    return new CpuTicks(total - idle, total);
  }

  NetworkCounters network() {
    long[] sums = new long[4];
    for (String line : lines("net/dev")) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue; // headings
      }
      String[] fields = BLANKS.split(line.substring(colon + 1).trim());
      if (fields.length >= 10) {
        sums[0] += number(fields[0]);
        sums[1] += number(fields[1]);
        sums[2] += number(fields[8]);
        sums[3] += number(fields[9]);
      }
    }
    return new NetworkCounters(sums[0], sums[1], sums[2], sums[3]);
  }

  DiskCounters disks() {
    long read = 0;
    long written = 0;
    for (String line : lines("diskstats")) {
      String[] fields = BLANKS.split(line.trim());
      if (fields.length >= 10 && WHOLE_DISK.matcher(fields[2]).matches()) {
        read += number(fields[5]) * SECTOR_BYTES;
        written += number(fields[9]) * SECTOR_BYTES;
      }
    }
    return new DiskCounters(read, written);
  }

  MemoryBytes memory() {
    List<String> lines = lines("meminfo");
    return new MemoryBytes(
        kibibytes(lines, "MemTotal:"),
        kibibytes(lines, "MemFree:"),
        kibibytes(lines, "MemAvailable:"));
  }

  /// Resident bytes of this process.
  long residentBytes() {
    return kibibytes(lines("self/status"), "VmRSS:");
  }

  /// First value of a field such as `model name`, empty when there is none.
  String cpuInfo(String field) {
    for (String line : lines("cpuinfo")) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).trim().equals(field)) {
        return line.substring(colon + 1).trim();
      }
    }
    return "";
  }

  /// Lines below the headings of `net/tcp` and its kin; empty where the file does not exist.
  List<String> sockets(String protocol) {
    List<String> lines = lines("net/" + protocol);
    return lines.isEmpty() ? lines : lines.subList(1, lines.size());
  }

  private Optional<String> firstLine(String file) {
    return lines(file).stream().findFirst();
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(proc.resolve(file), StandardCharsets.ISO_8859_1);
    } catch (IOException absent) {
      return List.of();
    }
  }

  private static long kibibytes(List<String> lines, String field) {
    for (String line : lines) {
      if (line.startsWith(field)) {
        return number(BLANKS.split(line.substring(field.length()).trim())[0]) << 10;
      }
    }
    return 0;
  }

  private static long number(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException notANumber) {
      return 0;
    }
  }
}
