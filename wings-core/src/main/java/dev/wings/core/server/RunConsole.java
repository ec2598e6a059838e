package dev.wings.core.server;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.console.ConsolePipeline;
import dev.wings.core.console.ReadinessMatcher;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// The console of one run of the process: takes the bytes of its output, publishes lines, and looks
/// for the readiness text. All calls come from the thread that reads the container.
final class RunConsole {
  private final EventBus events;
  private final ServerVoice voice;
  private final ReadinessMatcher readiness;
  private final BooleanSupplier starting;
  private final Runnable ready;
  private final ConsolePipeline pipeline;
  private boolean reported;

  /// @param starting whether readiness is of interest
  /// @param ready called once, when a line says that the server is ready
  RunConsole(
      EventBus events,
      ServerVoice voice,
      LiveConfig config,
      LongSupplier nanoTime,
      ReadinessMatcher readiness,
      BooleanSupplier starting,
      Runnable ready) {
    this.events = events;
    this.voice = voice;
    this.readiness = readiness;
    this.starting = starting;
    this.ready = ready;
    pipeline = new ConsolePipeline(() -> config.current().throttles(), nanoTime, new Sink());
  }

  void output(ByteBuffer bytes) {
    pipeline.output(bytes);
  }

  /// Comes about once per second.
  void tick() {
    pipeline.tick();
  }

  /// The output ended for good.
  void closed() {
    pipeline.end();
  }

  /// The output broke off and goes on; something may be missing between.
  void reattached() {
    pipeline.end();
    voice.line("The console was interrupted, some output may be missing.");
  }

  void problem(String text) {
    voice.error(text);
  }

  private final class Sink implements ConsolePipeline.Sink {
    @Override
    public boolean wantsRawLines() {
      return !reported && starting.getAsBoolean();
    }

    @Override
    public void rawLine(String line) {
      if (readiness.matches(line)) {
        reported = true;
        ready.run();
      }
    }

    @Override
    public void publish(List<String> lines, long skipped) {
      events.publish(new ServerEvent.ConsoleOutput(lines, skipped));
    }

    @Override
    public void throttled() {
      voice.line("The server prints too much, some lines are not shown.");
    }
  }
}
