package dev.wings.daemon.setup;

import dev.wings.core.WingsException;
import dev.wings.core.config.SystemConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Who owns server files (`configuration.md` 12).
///
/// @param name of the user
/// @param uid never 0
/// @param gid never 0
public record SystemUser(String name, long uid, long gid) {
  public SystemUser {
    if (uid == 0 || gid == 0) {
      throw WingsException.invalid(
          "system.username: '" + name + "' is root, containers never run as root");
    }
  }

  /// Runs a program to its end.
  @FunctionalInterface
  public interface Programs {
    /// @return its output
    /// @throws IOException when it cannot be started or fails
    String run(List<String> command) throws IOException;
  }

  /// Real programs.
  public static final Programs HOST = SystemUser::runProgram;

  /// Finds the user, creating it when it is missing.
  ///
  /// @param passwd `/etc/passwd`
  /// @throws WingsException kind INVALID when the user is or would be root
  public static SystemUser resolve(
      SystemConfig config, Map<String, String> environment, Path passwd, Programs programs)
      throws IOException {
    if (environment.containsKey("OCI_CONTAINER")) {
      return new SystemUser(
          environment.getOrDefault("WINGS_USERNAME", "calagopus"),
          number(environment, "WINGS_UID"),
          number(environment, "WINGS_GID"));
    }
    if (config.user().rootless().enabled()) {
      return new SystemUser(
          config.username(),
          Long.parseLong(programs.run(List.of("id", "-u")).strip()),
          Long.parseLong(programs.run(List.of("id", "-g")).strip()));
    }
    String name = config.username();
    Optional<SystemUser> existing = find(passwd, name);
    if (existing.isPresent()) {
      return existing.get();
    }
    if (!name.matches("[a-z_][a-z0-9_-]*")) {
      throw WingsException.invalid("system.username: '" + name + "' is no user name");
    }
    create(name, programs);
    return find(passwd, name)
        .orElseThrow(
            () -> WingsException.invalid("system.username: '" + name + "' could not be created"));
  }

  private static void create(String name, Programs programs) throws IOException {
    if (Files.exists(Path.of("/etc/alpine-release"))) {
      programs.run(List.of("addgroup", "-S", name));
      programs.run(List.of("adduser", "-S", "-D", "-H", "-G", name, "-s", "/sbin/nologin", name));
    } else {
      programs.run(
          List.of("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name));
    }
  }

  private static Optional<SystemUser> find(Path passwd, String name) throws IOException {
    for (String line : Files.readAllLines(passwd, StandardCharsets.UTF_8)) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 4 && fields[0].equals(name)) {
        return Optional.of(
            new SystemUser(name, Long.parseLong(fields[2]), Long.parseLong(fields[3])));
      }
    }
    return Optional.empty();
  }

  private static long number(Map<String, String> environment, String variable) {
    String text = environment.getOrDefault(variable, "988");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException malformed) {
      throw WingsException.invalid(variable + ": '" + text + "' is no number");
    }
  }

  private static String runProgram(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command.getFirst() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command.getFirst() + " was interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output.strip());
    }
    return output;
  }
}
