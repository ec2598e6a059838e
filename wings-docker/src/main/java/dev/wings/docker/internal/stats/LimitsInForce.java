package dev.wings.docker.internal.stats;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The limits that a running container has, read back after they were asked for (`threats.md`
/// CT-03).
///
/// @param values by the name of the engine's field, numbers as decimal text; a field that cannot be
///   read is absent
public record LimitsInForce(Map<String, String> values) {
  private static final String UNLIMITED = "-1";

  public LimitsInForce {
    values = Map.copyOf(values);
  }

  /// What the engine says in `HostConfig`.
  public static LimitsInForce byEngine(JsonNode hostConfig) {
    Map<String, String> values = new HashMap<>();
    hostConfig.properties().forEach(field -> values.put(field.getKey(), field.getValue().asText()));
    values.replace("CpuQuota", "0", UNLIMITED); // what Podman says
    return new LimitsInForce(values);
  }

  /// What the control group of the main process says; empty when it cannot be seen from here.
  public static Optional<LimitsInForce> inKernel(ControlGroup groups, String container, long pid)
      throws IOException {
    if (!groups.contains(pid, container)) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    if (groups.unified()) {
      Optional<Path> directory = groups.unifiedDirectory(pid);
      if (directory.isPresent()) {
        unified(top(directory.get(), container), values);
      }
    } else {
      legacy(groups, container, pid, values);
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(new LimitsInForce(values));
  }

  /// The container's own group: its main process may have moved on into a group below.
  private static Path top(Path directory, String container) {
    Path top = directory;
    for (Path above = directory; above != null; above = above.getParent()) {
      if (String.valueOf(above.getFileName()).contains(container)) {
        top = above;
      }
    }
    return top;
  }

  private static void unified(Path directory, Map<String, String> values) throws IOException {
    read(directory, "memory.max").ifPresent(value -> values.put("Memory", value));
    Optional<String> swap = read(directory, "memory.swap.max");
    if (swap.isPresent() && values.containsKey("Memory")) {
      values.put("MemorySwap", sum(values.getOrDefault("Memory", UNLIMITED), swap.get()));
    }
    read(directory, "memory.low").ifPresent(value -> values.put("MemoryReservation", value));
    read(directory, "pids.max").ifPresent(value -> values.put("PidsLimit", value));
    read(directory, "cpu.max")
        .ifPresent(value -> {
          String[] fields = value.split(" ", 2);
          values.put("CpuQuota", unlimited(fields[0]));
          if (fields.length == 2) {
            values.put("CpuPeriod", fields[1]);
          }
        });
  }

  private static void legacy(
      ControlGroup groups, String container, long pid, Map<String, String> values)
      throws IOException {
    legacy(groups, container, pid, "memory", "memory.limit_in_bytes")
        .ifPresent(value -> values.put("Memory", value));
    legacy(groups, container, pid, "memory", "memory.memsw.limit_in_bytes")
        .ifPresent(value -> values.put("MemorySwap", value));
    legacy(groups, container, pid, "memory", "memory.soft_limit_in_bytes")
        .ifPresent(value -> values.put("MemoryReservation", value));
    legacy(groups, container, pid, "pids", "pids.max")
        .ifPresent(value -> values.put("PidsLimit", value));
    legacy(groups, container, pid, "cpu", "cpu.cfs_quota_us")
        .ifPresent(value -> values.put("CpuQuota", value));
    legacy(groups, container, pid, "cpu", "cpu.cfs_period_us")
        .ifPresent(value -> values.put("CpuPeriod", value));
  }

  private static Optional<String> legacy(
      ControlGroup groups, String container, long pid, String controller, String file)
      throws IOException {
    Optional<Path> directory = groups.legacyDirectory(pid, controller);
    return directory.isPresent() ? read(top(directory.get(), container), file) : Optional.empty();
  }

  private static Optional<String> read(Path directory, String file) throws IOException {
    try {
      return Optional.of(unlimited(Files.readString(directory.resolve(file)).strip()));
    } catch (NoSuchFileException lacking) {
      return Optional.empty(); // this kernel has no such limit
    }
  }

  /// Version 1 says "no limit" with the largest number of whole pages.
  private static String unlimited(String text) {
    boolean none = text.equals("max") || (text.length() == 19 && text.startsWith("92233720368547"));
    return none ? UNLIMITED : text;
  }

  private static String sum(String memory, String swap) {
    return memory.equals(UNLIMITED) || swap.equals(UNLIMITED)
        ? UNLIMITED
        : Long.toString(Long.parseLong(memory) + Long.parseLong(swap));
  }

  /// Fields whose value is another one than was asked for, with both values.
  public List<String> differing(Map<String, String> asked) {
    List<String> differing = new ArrayList<>();
    asked.forEach((field, wanted) -> {
      String found = values.get(field);
      if (found != null && !found.equals(wanted)) {
        differing.add(field + " is " + found + ", asked for " + wanted);
      }
    });
    return differing;
  }
}
