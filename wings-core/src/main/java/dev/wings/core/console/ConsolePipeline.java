package dev.wings.core.console;

import dev.wings.core.config.ThrottlesConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The way of a container's output from bytes to published lines, one per container: splitter, raw
/// line, throttle, filter, batch. What one chunk brings is published as one list, so that the cost
/// of fan-out does not grow with the number of lines; lines that the throttle drops while nobody
/// wants raw lines are not even decoded.
///
/// Never blocks, and holds at most one unfinished line and the lines of one chunk. Not safe for use
/// by several threads: all calls come from the one thread that reads the container
/// ([dev.wings.core.container.ContainerListener]), on which the sink is called too.
public final class ConsolePipeline {
  /// Most lines in one batch.
  public static final int MAX_BATCH = 2048;

  private final Supplier<ThrottlesConfig> throttles;
  private final Sink sink;
  private final Throttle throttle;
  private final LineSplitter splitter;

  private ThrottlesConfig limits;
  private boolean rawWanted;
  private List<String> batch = new ArrayList<>();
  private long skipped;

  /// Receives what comes out.
  public interface Sink {
    /// Whether [#rawLine] is wanted; asked once per chunk, and again after each raw line.
    default boolean wantsRawLines() {
      return false;
    }

    /// Every line, before throttle and filter: for readiness detection and triggers. It may hold
    /// escape sequences and, in a progress bar, carriage returns.
    default void rawLine(String line) {}

    /// Lines that are fit for people, in order, without line ends.
    ///
    /// @param lines unmodifiable, at most [#MAX_BATCH]; empty only when `skipped` is not 0
    /// @param skipped how many lines the throttle dropped directly before these
    void publish(List<String> lines, long skipped);

    /// The throttle begins to drop lines; comes once per burst, after the last line that passed.
    default void throttled() {}
  }

  /// @param throttles read once per chunk
  /// @param nanoTime monotonic clock in nanoseconds
  public ConsolePipeline(Supplier<ThrottlesConfig> throttles, LongSupplier nanoTime, Sink sink) {
    this.throttles = throttles;
    this.sink = sink;
    this.throttle = new Throttle(nanoTime);
    this.splitter = new LineSplitter(this::line);
    this.limits = throttles.get();
  }

  /// Takes the remaining bytes of the buffer.
  public void output(ByteBuffer bytes) {
    limits = throttles.get();
    rawWanted = sink.wantsRawLines();
    splitter.feed(bytes);
    flush();
  }

  /// Call about once per second: tells how many lines were skipped when a burst has ended in
  /// silence, for otherwise only the next line would bring it.
  public void tick() {
    limits = throttles.get();
    if (skipped > 0 && throttle.open(limits)) {
      publish(List.of());
    }
  }

  /// The stream ended: publishes an unfinished line and what is still to be said about skipped
  /// ones. The pipeline may be used again for another stream.
  public void end() {
    limits = throttles.get();
    rawWanted = sink.wantsRawLines();
    splitter.end();
    flush();
    if (skipped > 0) {
      publish(List.of());
    }
  }

  private void line(byte[] bytes, int from, int to) {
    String raw = null;
    if (rawWanted) {
      raw = ConsoleText.decode(bytes, from, to);
      sink.rawLine(raw);
      rawWanted = sink.wantsRawLines();
    }
    switch (throttle.next(limits)) {
      case PASS ->
          add(ConsoleText.display(raw == null ? ConsoleText.decode(bytes, from, to) : raw));
      case DROP -> skip();
      case DROP_FIRST -> {
        skip();
        sink.throttled();
      }
    }
  }

  private void add(String line) {
    batch.add(line);
    if (batch.size() == MAX_BATCH) {
      flush();
    }
  }

  /// Lines that passed before go out first, so that a batch never has a gap inside.
  private void skip() {
    flush();
    skipped++;
  }

  private void flush() {
    if (!batch.isEmpty()) {
      List<String> lines = batch;
      batch = new ArrayList<>();
      publish(lines);
    }
  }

  private void publish(List<String> lines) {
    long before = skipped;
    skipped = 0;
    sink.publish(Collections.unmodifiableList(lines), before);
  }
}
