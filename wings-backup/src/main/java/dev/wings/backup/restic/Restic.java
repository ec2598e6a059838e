package dev.wings.backup.restic;

import dev.wings.core.backup.ResticRepository;
import dev.wings.core.operation.Progress;
import dev.wings.fs.host.MissingProgramException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Starts the program.
final class Restic {
  private static final Pattern VERSION = Pattern.compile("restic (\\d+)\\.(\\d+)");

  /// Since 0.16 it waits for locks itself, and groups snapshots when it looks for a parent.
  private static final int MODERN_MINOR = 16;

  private static final String CHARSET = System.getProperty("sun.jnu.encoding", "");

  /// Decodes the last argument, which the JVM would spoil in a locale without it.
  private static final String DECODE =
      "a=$(printf '%b.' \"$1\"); a=${a%.}; shift; exec \"$@\" \"$a\"";

  private final String program;
  private final Path cache;
  private volatile @Nullable Boolean modern;

  /// @param program name on the path, or a path
  /// @param backupDirectory in which the cache is
  Restic(String program, Path backupDirectory) {
    this.program = program;
    this.cache = backupDirectory.resolve(".cache/restic");
  }

  /// How it treats the repository's locks.
  enum Locks {
    /// Reads without.
    NONE,
    /// Waits for whoever holds one.
    WAIT,
    /// As the program itself does.
    DEFAULT
  }

  /// One call.
  ///
  /// @param arguments the command and what follows
  record Call(ResticRepository repository, Locks locks, boolean json, List<String> arguments) {
    Call {
      arguments = List.copyOf(arguments);
    }

    /// A command that only reads.
    static Call reading(ResticRepository repository, String... arguments) {
      return new Call(repository, Locks.NONE, /* json= */ true, List.of(arguments));
    }
  }

  /// Whether it knows what came with version 0.16. Asked once: a program that is replaced while the
  /// daemon runs is hardly ever replaced by an older one.
  boolean modern() throws IOException {
    Boolean known = modern;
    if (known == null) {
      known = askVersion();
      modern = known;
    }
    return known;
  }

  private boolean askVersion() throws IOException {
    List<String> output = new ArrayList<>();
    try (ResticRun run = start(List.of(program, "version"), Map.of(), new Progress())) {
      run.lines(output::add);
      run.await("version");
    }
    Matcher version = VERSION.matcher(String.join("\n", output));
    return !version.find()
        || Integer.parseInt(version.group(1)) > 0
        || Integer.parseInt(version.group(2)) >= MODERN_MINOR;
  }

  /// Starts it.
  ///
  /// @param progress kills it when it is cancelled
  /// @throws MissingProgramException when it is not installed
  ResticRun start(Call call, Progress progress) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program);
    if (call.json()) {
      command.add("--json");
    }
    if (call.locks() == Locks.NONE) {
      command.add("--no-lock");
    }
    ResticRepository repository = call.repository();
    command.addAll(List.of("--repo", repository.repository()));
    repository.passwordFile().ifPresent(file -> command.addAll(List.of("--password-file", file)));
    command.addAll(List.of("--cache-dir", cache.toString()));
    if (call.locks() == Locks.WAIT && repository.retryLockSeconds() > 0 && modern()) {
      command.addAll(List.of("--retry-lock", repository.retryLockSeconds() + "s"));
    }
    command.addAll(call.arguments());
    return start(decodable(command), repository.environment(), progress);
  }

  /// The JVM encodes arguments in the charset of the locale, which under a service manager is often
  /// ASCII; only the last one, a path in the backup, can be in need of more.
  private static List<String> decodable(List<String> command) {
    String last = command.getLast();
    if (CHARSET.equalsIgnoreCase("UTF-8") || last.chars().allMatch(c -> c < 0x80)) {
      return command;
    }
    StringBuilder octal = new StringBuilder();
    for (byte b : last.getBytes(StandardCharsets.UTF_8)) {
      octal.append("\\0%03o".formatted(b & 0xff));
    }
    List<String> decoding = new ArrayList<>(List.of("sh", "-c", DECODE, "sh", octal.toString()));
    decoding.addAll(command.subList(0, command.size() - 1));
    return decoding;
  }

  private static ResticRun start(
      List<String> command, Map<String, String> environment, Progress progress) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> all = builder.environment();
    all.put("LC_ALL", "C");
    all.putIfAbsent("RESTIC_PROGRESS_FPS", "2");
    all.putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException missing) {
      throw new MissingProgramException("restic", missing);
    }
    process.getOutputStream().close();
    return new ResticRun(process, environment.values(), progress);
  }
}
