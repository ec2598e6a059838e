package dev.wings.docker.testing;

import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// Records what a listener hears, and whether the contract was kept.
public class Recorder implements ContainerListener {
  public final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  public final List<ContainerStats> samples = new ArrayList<>();
  public final AtomicInteger reattachments = new AtomicInteger();

  /// Free for subclasses that count instead of keeping the output.
  public volatile long received;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final List<String> events = new ArrayList<>();

  @Override
  public synchronized void output(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    output.writeBytes(copy);
    if (events.isEmpty() || !events.getLast().equals("output")) {
      events.add("output");
    }
  }

  @Override
  public synchronized void outputClosed() {
    events.add("outputClosed");
  }

  @Override
  public synchronized void stats(ContainerStats stats) {
    samples.add(stats);
  }

  @Override
  public synchronized void running() {
    events.add("running");
  }

  @Override
  public synchronized void reattached() {
    reattachments.incrementAndGet();
  }

  @Override
  public synchronized void exited(ExitStatus status) {
    events.add("exited");
    exit.complete(status);
  }

  public synchronized String text() {
    return output.toString(StandardCharsets.UTF_8);
  }

  public synchronized List<String> events() {
    return List.copyOf(events);
  }

  public synchronized List<ContainerStats> samples() {
    return List.copyOf(samples);
  }
}
