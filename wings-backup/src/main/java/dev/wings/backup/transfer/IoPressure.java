package dev.wings.backup.transfer;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/// How much work on this machine waits for disks, as the kernel tells (PSI, since Linux 4.20).
@FunctionalInterface
public interface IoPressure {
  /// Nobody knows.
  IoPressure UNKNOWN = OptionalDouble::empty;

  /// Percent of the last ten seconds in which something waited; empty when it cannot be told.
  OptionalDouble percent();

  /// Reads `/proc/pressure/io`, or a file like it.
  static IoPressure of(Path file) {
    requireNonNull(file, "file");
    return () -> {
      try {
        return parse(Files.readString(file, StandardCharsets.US_ASCII));
      } catch (IOException absent) {
        return OptionalDouble.empty(); // a kernel without it: backups go on as they are
      }
    };
  }

  private static OptionalDouble parse(String text) {
    for (String line : text.lines().toList()) {
      if (line.startsWith("some ")) {
        for (String field : line.split(" ")) {
          if (field.startsWith("avg10=")) {
            return number(field.substring("avg10=".length()));
          }
        }
      }
    }
    return OptionalDouble.empty();
  }

  private static OptionalDouble number(String text) {
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException strange) {
      return OptionalDouble.empty();
    }
  }
}
