package dev.wings.backup.restic;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.WingsException;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.json.Json;
import dev.wings.core.operation.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks after restic repositories (`backups.md` 23): statistics, the removal of what no snapshot
/// needs any more, and of locks. Of each kind one runs at a time; the last result of each is kept
/// until the daemon ends. Safe for use by many threads.
public final class ResticMaintenance implements AutoCloseable {
  private static final Pattern MODE = Pattern.compile("[a-z][a-z-]{0,40}");
  private static final int MAX_OUTPUT = 4 << 20;
  private static final Logger log = LoggerFactory.getLogger(ResticMaintenance.class);

  private final LiveConfig config;
  private final Restic restic;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Kind, Progress> running = new EnumMap<>(Kind.class); // guarded by lock
  private final Map<Kind, Result> results = new EnumMap<>(Kind.class); // guarded by lock

  /// What is done.
  public enum Kind {
    STATS,
    PRUNE,
    UNLOCK;

    /// As in the paths of the API.
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One task.
  public sealed interface Task {
    Kind kind();

    /// The repository; the node's own when empty.
    Optional<ResticRepository> repository();

    /// The command and what follows.
    List<String> arguments();
  }

  /// Counts.
  ///
  /// @param mode what is counted, such as `restore-size`
  public record Stats(Optional<ResticRepository> repository, String mode) implements Task {
    public Stats {
      requireNonNull(repository, "repository");
      if (!MODE.matcher(mode).matches()) {
        throw WingsException.invalid("unknown restic stats mode");
      }
    }

    @Override
    public Kind kind() {
      return Kind.STATS;
    }

    @Override
    public List<String> arguments() {
      return List.of("stats", "--mode", mode);
    }
  }

  /// Removes data that no snapshot needs.
  ///
  /// @param dryRun only says what would be removed
  public record Prune(Optional<ResticRepository> repository, boolean dryRun) implements Task {
    public Prune {
      requireNonNull(repository, "repository");
    }

    @Override
    public Kind kind() {
      return Kind.PRUNE;
    }

    @Override
    public List<String> arguments() {
      return dryRun ? List.of("prune", "--dry-run") : List.of("prune");
    }
  }

  /// Removes locks.
  ///
  /// @param all also those whose holder may be alive
  public record Unlock(Optional<ResticRepository> repository, boolean all) implements Task {
    public Unlock {
      requireNonNull(repository, "repository");
    }

    @Override
    public Kind kind() {
      return Kind.UNLOCK;
    }

    @Override
    public List<String> arguments() {
      return all ? List.of("unlock", "--remove-all") : List.of("unlock");
    }
  }

  /// What came of a task.
  ///
  /// @param successful whether the program ended with status 0
  /// @param data what it wrote: JSON, or a string when it is none; null when it was not started
  /// @param stderr the first 8 KiB of it, or why the program was not started
  public record Result(
      Instant started,
      Instant finished,
      Duration duration,
      boolean successful,
      JsonNode data,
      String stderr) {
    public Result {
      requireNonNull(started, "started");
      requireNonNull(finished, "finished");
      requireNonNull(duration, "duration");
      requireNonNull(data, "data");
      requireNonNull(stderr, "stderr");
    }
  }

  /// @param directory the backup directory, in which restic has its cache
  public ResticMaintenance(
      Path directory, LiveConfig config, InstantSource clock, LongSupplier nanoTime) {
    this(new Restic("restic", directory), config, clock, nanoTime);
  }

  ResticMaintenance(Restic restic, LiveConfig config, InstantSource clock, LongSupplier nanoTime) {
    this.restic = requireNonNull(restic, "restic");
    this.config = requireNonNull(config, "config");
    this.clock = requireNonNull(clock, "clock");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  /// Runs a task and waits for it. A program that fails is a result like any other.
  ///
  /// @throws WingsException kind `CONFLICT` when one of its kind is running
  public Result run(Task task) {
    return run(task, begin(task.kind()));
  }

  /// Starts a task on a thread of its own.
  ///
  /// @throws WingsException kind `CONFLICT` when one of its kind is running
  public void start(Task task) {
    Progress progress = begin(task.kind());
    Thread.ofVirtual()
        .name("wings-restic-" + task.kind().wireName())
        .start(() -> {
          Result result = run(task, progress);
          log.atInfo()
              .addKeyValue("task", task.kind().wireName())
              .addKeyValue("successful", result.successful())
              .addKeyValue("seconds", result.duration().toSeconds())
              .log("maintenance of a restic repository has ended");
        });
  }

  /// The result of the last task of a kind that has ended.
  public Optional<Result> last(Kind kind) {
    lock.lock();
    try {
      return Optional.ofNullable(results.get(kind));
    } finally {
      lock.unlock();
    }
  }

  private Progress begin(Kind kind) {
    Progress progress = new Progress();
    lock.lock();
    try {
      if (running.putIfAbsent(kind, progress) != null) {
        throw WingsException.conflict("restic " + kind.wireName() + " task is already running");
      }
      return progress;
    } finally {
      lock.unlock();
    }
  }

  private Result run(Task task, Progress progress) {
    Optional<Result> result = Optional.empty();
    try {
      result = Optional.of(call(task, progress));
      return result.get();
    } finally {
      end(task.kind(), result);
    }
  }

  private void end(Kind kind, Optional<Result> result) {
    lock.lock();
    try {
      running.remove(kind);
      result.ifPresent(found -> results.put(kind, found));
    } finally {
      lock.unlock();
    }
  }

  private Result call(Task task, Progress progress) {
    Instant started = clock.instant();
    long begin = nanoTime.getAsLong();
    ResticRepository repository =
        task.repository().orElseGet(() -> ResticBackups.configured(config.current().system()));
    boolean successful = false;
    JsonNode data = NullNode.getInstance();
    String errors;
    try (ResticRun run =
        restic.start(
            new Restic.Call(repository, Restic.Locks.DEFAULT, /* json= */ true, task.arguments()),
            progress)) {
      data = data(read(run.output()));
      successful = run.status() == 0;
      errors = run.errors();
    } catch (IOException failed) {
      errors = String.valueOf(failed.getMessage());
    }
    return new Result(
        started,
        clock.instant(),
        Duration.ofNanos(nanoTime.getAsLong() - begin),
        successful,
        data,
        errors);
  }

  private static String read(InputStream output) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int count = output.read(buffer); count >= 0; count = output.read(buffer)) {
      kept.write(buffer, 0, Math.min(count, MAX_OUTPUT - kept.size()));
    }
    return kept.toString(StandardCharsets.UTF_8);
  }

  private static JsonNode data(String output) {
    try {
      JsonNode parsed =
          Json.mapper()
              .reader()
              .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .readTree(output);
      return parsed.isMissingNode() ? TextNode.valueOf(output) : parsed;
    } catch (JsonProcessingException text) {
      return TextNode.valueOf(output);
    }
  }

  /// Ends what is running.
  @Override
  public void close() {
    lock.lock();
    try {
      running.values().forEach(Progress::cancel);
    } finally {
      lock.unlock();
    }
  }
}
