package dev.wings.core.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.definition.ProcessConfiguration.Startup;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The console of one run.
final class LineConsole implements RunConsole {
  private final EventBus events;
  private final Startup startup;
  private final Runnable ready;
  private final Splitter splitter = new Splitter(this::line);
  private final List<String> batch = new ArrayList<>();
  private boolean reported;

  private LineConsole(EventBus events, Startup startup, Runnable ready) {
    this.events = events;
    this.startup = startup;
    this.ready = ready;
  }

  static RunConsole of(
      ServerDefinition definition, LiveConfig config, EventBus events, Runnable ready) {
    return new LineConsole(events, definition.process().startup(), ready);
  }

  @Override
  public void output(ByteBuffer bytes) {
    splitter.accept(bytes);
    publish();
  }

  @Override
  public void closed() {
    splitter.end();
    publish();
  }

  @Override
  public void reattached() {}

  private void publish() {
    if (!batch.isEmpty()) {
      events.publish(new ServerEvent.ConsoleOutput(List.copyOf(batch), 0));
      batch.clear();
    }
  }

  private void line(String line) {
    batch.add(line);
    List<String> done = startup.done();
    if (!reported && (done == null || done.stream().anyMatch(line::contains))) {
      reported = true;
      ready.run();
    }
  }

  /// Cuts bytes into lines.
  static final class Splitter {
    private final Consumer<String> lines;
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

    Splitter(Consumer<String> lines) {
      this.lines = lines;
    }

    void accept(ByteBuffer bytes) {
      while (bytes.hasRemaining()) {
        byte b = bytes.get();
        if (b == '\n') {
          emit();
        } else {
          partial.write(b);
        }
      }
    }

    void end() {
      if (partial.size() > 0) {
        emit();
      }
    }

    private void emit() {
      String line = partial.toString(UTF_8);
      partial.reset();
      lines.accept(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
    }
  }
}
