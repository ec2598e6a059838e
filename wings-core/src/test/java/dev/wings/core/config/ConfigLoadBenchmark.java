package dev.wings.core.config;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.slf4j.LoggerFactory;

/// A program that prints what opening a complete configuration costs a JVM that has just started:
/// run it several times, with the flags and the AOT cache of the daemon or without. The processor
/// time is the one to compare on a busy machine.
public final class ConfigLoadBenchmark {
  private ConfigLoadBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    Path file = Files.createTempFile("wings", ".yml");
    try {
      try (InputStream defaults = ConfigStore.class.getResourceAsStream("defaults.yml")) {
        Files.copy(requireNonNull(defaults), file, StandardCopyOption.REPLACE_EXISTING);
      }
      LoggerFactory.getLogger(ConfigLoadBenchmark.class); // its start is not measured
      processorNanos();
      long processor = processorNanos();
      long start = System.nanoTime();
      ConfigStore store = ConfigStore.open(file, Map.of());
      long wall = System.nanoTime() - start;
      long used = processorNanos() - processor;
      System.out.printf(
          "opened in %.1f ms, %.1f ms of processor time (port %d)%n",
          wall / 1e6, used / 1e6, store.current().api().port());
    } finally {
      Files.delete(file);
    }
  }

  private static long processorNanos() throws IOException {
    return Long.parseLong(
        Files.readString(Path.of("/proc/thread-self/schedstat")).replaceFirst(" .*\\s*", ""));
  }
}
