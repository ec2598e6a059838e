package dev.wings.docker.internal.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds the control-group directories of a process (version 2, or 1 with its controllers).
///
/// @param root usually `/sys/fs/cgroup`
/// @param proc usually `/proc`
public record ControlGroup(Path root, Path proc) {
  public static final ControlGroup HOST =
      new ControlGroup(Path.of("/sys/fs/cgroup"), Path.of("/proc"));

  boolean unified() {
    return Files.exists(root.resolve("cgroup.controllers"));
  }

  /// The directory in the unified hierarchy; empty when the process is in its root, which means
  /// that the path cannot be seen from here.
  Optional<Path> unifiedDirectory(long pid) throws IOException {
    return unified() ? directory(pid, "", root) : Optional.empty();
  }

  /// The directory of one controller of version 1.
  Optional<Path> legacyDirectory(long pid, String controller) throws IOException {
    return unified() ? Optional.empty() : directory(pid, controller, root.resolve(controller));
  }

  private Optional<Path> directory(long pid, String controller, Path top) throws IOException {
    for (String line : membership(pid)) {
      // "4:memory:/docker/<id>", and "0::/docker/<id>" in the unified hierarchy
      String[] fields = line.split(":", 3);
      if (fields.length == 3
          && Arrays.asList(fields[1].split(",")).contains(controller)
          && !fields[2].equals("/")
          && !fields[2].contains("..")) {
        Path directory = top.resolve(fields[2].substring(1));
        return Files.isDirectory(directory) ? Optional.of(directory) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// Lines of `/proc/<pid>/cgroup`, none when the process is gone.
  public List<String> membership(long pid) throws IOException {
    try {
      return Files.readAllLines(process(pid).resolve("cgroup"));
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /// Whether the process belongs to the container, which guards against a number used anew.
  public boolean contains(long pid, String containerId) throws IOException {
    return pid > 0 && membership(pid).stream().anyMatch(line -> line.contains(containerId));
  }

  public Path process(long pid) {
    return proc.resolve(Long.toString(pid));
  }

  /// `MemTotal` of the host in bytes.
  long hostMemory() throws IOException {
    for (String line : Files.readAllLines(proc.resolve("meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("no MemTotal in meminfo");
  }
}
