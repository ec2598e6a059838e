package dev.wings.daemon.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// The control group of a running container as the kernel shows it, in either version.
///
/// @param pid main process of the container
record KernelGroup(long pid) {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  static KernelGroup of(String container) throws IOException, InterruptedException {
    return new KernelGroup(Long.parseLong(Engine.inspect(container, "{{.State.Pid}}")));
  }

  static boolean unified() {
    return Files.exists(ROOT.resolve("cgroup.controllers"));
  }

  long memoryLimit() throws IOException {
    return number("memory", "memory.limit_in_bytes", "memory.max");
  }

  /// Bytes of swap beside the memory.
  long swapLimit() throws IOException {
    return unified()
        ? number("memory", "", "memory.swap.max")
        : number("memory", "memory.memsw.limit_in_bytes", "") - memoryLimit();
  }

  long memoryUsed() throws IOException {
    return number("memory", "memory.usage_in_bytes", "memory.current");
  }

  long outOfMemoryKills() throws IOException {
    String file = unified() ? "memory.events" : "memory.oom_control";
    return Files.readAllLines(directory("memory").resolve(file)).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
        .findFirst()
        .orElse(0);
  }

  long processLimit() throws IOException {
    return number("pids", "pids.max", "pids.max");
  }

  long processes() throws IOException {
    return number("pids", "pids.current", "pids.current");
  }

  /// CPU time used so far.
  long cpuMicros() throws IOException {
    if (!unified()) {
      return number("cpuacct", "cpuacct.usage", "") / 1000;
    }
    return Files.readAllLines(directory("cpu").resolve("cpu.stat")).stream()
        .filter(line -> line.startsWith("usage_usec "))
        .mapToLong(line -> Long.parseLong(line.substring("usage_usec ".length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  /// Microseconds of CPU in a period of 100 ms.
  long cpuQuota() throws IOException {
    return unified()
        ? Long.parseLong(text("cpu", "cpu.max").split(" ", 2)[0])
        : number("cpu", "cpu.cfs_quota_us", "");
  }

  /// Soft limit of open files of the main process.
  long openFiles() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .mapToLong(line -> Long.parseLong(line.strip().split(" +")[3]))
        .findFirst()
        .orElseThrow();
  }

  private long number(String controller, String legacy, String unified) throws IOException {
    return Long.parseLong(text(controller, unified() ? unified : legacy));
  }

  private String text(String controller, String file) throws IOException {
    return Files.readString(directory(controller).resolve(file)).strip();
  }

  private Path directory(String controller) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (unified()) {
        if (fields[1].isEmpty()) {
          return ROOT.resolve(fields[2].substring(1));
        }
      } else if (Arrays.asList(fields[1].split(",")).contains(controller)) {
        return ROOT.resolve(controller).resolve(fields[2].substring(1));
      }
    }
    throw new IOException("process " + pid + " has no group for " + controller);
  }
}
