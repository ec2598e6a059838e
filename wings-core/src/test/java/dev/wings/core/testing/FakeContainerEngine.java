package dev.wings.core.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.EngineInfo;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.container.PullListener;
import dev.wings.core.container.UsedPort;
import dev.wings.core.definition.ServerSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An engine whose containers are records of what was done to them. Containers outlive the handles,
/// as with a real engine, so a second "daemon" can adopt them. Processes live until the test, a
/// signal or a kill ends them.
public final class FakeContainerEngine implements ContainerEngine {
  /// Where calls can be made to wait or fail.
  public enum Step {
    PULL,
    CREATE,
    START,
    WRITE,
    SIGNAL,
    STOP,
    KILL,
    REMOVE,
    REMOVE_ALL,
    ADOPT,
    UPDATE
  }

  private final Gates<Step> gates = new Gates<>();
  private final CopyOnWriteArrayList<Container> containers = new CopyOnWriteArrayList<>();
  private final AtomicInteger created = new AtomicInteger();
  private final AtomicInteger removals = new AtomicInteger();
  private final CopyOnWriteArrayList<String> pulled = new CopyOnWriteArrayList<>();
  private volatile boolean pullNeeded;

  public Gates<Step> gates() {
    return gates;
  }

  /// Whether images have to be pulled, with progress.
  public void pullNeeded(boolean needed) {
    pullNeeded = needed;
  }

  /// All containers that exist, running or not.
  public List<Container> containers() {
    return List.copyOf(containers);
  }

  /// The newest container of a server that still exists.
  public Optional<Container> container(UUID server) {
    return containers.stream().filter(c -> c.server.equals(server)).reduce((a, b) -> b);
  }

  /// Whether a process of the server lives.
  public boolean lives(UUID server) {
    return containers.stream().anyMatch(c -> c.server.equals(server) && c.running);
  }

  /// Number of containers that were ever made.
  public int created() {
    return created.get();
  }

  /// Number of calls of [#removeAll].
  public int removals() {
    return removals.get();
  }

  public List<String> pulled() {
    return List.copyOf(pulled);
  }

  @Override
  public EngineInfo info() {
    return new EngineInfo("Fake", "1", "1.41", "none", "none");
  }

  @Override
  public NetworkState ensureNetwork() {
    return new NetworkState("172.18.0.1", true, "", "", "", "");
  }

  @Override
  public void ensureImage(String image, PullListener listener) {
    if (pullNeeded) {
      listener.started(image);
      listener.layerProgress("layer", false, 1, 2);
    }
    gates.pass(Step.PULL);
    pulled.add(image);
    if (pullNeeded) {
      listener.layerCompleted("layer");
      listener.finished(image);
    }
  }

  @Override
  public ContainerHandle create(ContainerRequest request, ContainerListener listener) {
    gates.pass(Step.CREATE);
    Container container = new Container(request.server(), request.kind(), listener);
    containers.removeIf(
        old -> old.server.equals(container.server) && old.kind == container.kind && !old.running);
    if (containers.stream()
        .anyMatch(c -> c.server.equals(container.server) && c.kind == container.kind)) {
      throw new WingsException(ErrorKind.UPSTREAM, "container name is in use");
    }
    containers.add(container);
    return container.handle();
  }

  @Override
  public Optional<ContainerHandle> adopt(
      ServerSettings settings, ContainerKind kind, ContainerListener listener) {
    gates.pass(Step.ADOPT);
    return containers.stream()
        .filter(c -> c.server.equals(settings.uuid()) && c.kind == kind && c.running)
        .findFirst()
        .map(container -> {
          container.listener = listener;
          return container.handle();
        });
  }

  @Override
  public void removeAll(UUID server) {
    gates.pass(Step.REMOVE_ALL);
    removals.incrementAndGet();
    for (Container container : containers) {
      if (container.server.equals(server)) {
        container.end(new ExitStatus(137, false));
        containers.remove(container);
      }
    }
  }

  @Override
  public InputStream logs(UUID server, OptionalInt tail) {
    return container(server).map(c -> c.stored(tail)).orElseGet(InputStream::nullInputStream);
  }

  @Override
  public List<UsedPort> usedPorts() {
    return List.of();
  }

  @Override
  public Optional<String> containerAddress(UUID server) {
    return Optional.empty();
  }

  @Override
  public Optional<String> bandwidthObstacle() {
    return Optional.of("this is a fake");
  }

  @Override
  public void close() {}

  /// One container.
  public final class Container {
    private final String id = "fake" + created.incrementAndGet();
    private final UUID server;
    private final ContainerKind kind;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final List<String> inputs = new CopyOnWriteArrayList<>();
    private final List<String> signals = new CopyOnWriteArrayList<>();
    private final List<ServerSettings> updates = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean running;
    private boolean over;
    private volatile @Nullable ContainerListener listener;

    private Container(UUID server, ContainerKind kind, ContainerListener listener) {
      this.server = server;
      this.kind = kind;
      this.listener = listener;
    }

    public String id() {
      return id;
    }

    public ContainerKind kind() {
      return kind;
    }

    public boolean running() {
      return running;
    }

    /// What was written to the process, line ends included.
    public List<String> inputs() {
      return List.copyOf(inputs);
    }

    public List<String> signals() {
      return List.copyOf(signals);
    }

    public List<ServerSettings> updates() {
      return List.copyOf(updates);
    }

    /// The process prints a line.
    public void print(String line) {
      printPart(line + "\n");
    }

    /// The process prints text without ending the line.
    public void printPart(String text) {
      byte[] bytes = text.getBytes(UTF_8);
      synchronized (log) {
        log.writeBytes(bytes);
      }
      ContainerListener current = listener;
      if (current != null) {
        current.output(ByteBuffer.wrap(bytes));
      }
    }

    public void sample(ContainerStats stats) {
      ContainerListener current = listener;
      if (current != null) {
        current.stats(stats);
      }
    }

    /// The output stream breaks and is attached again; the process lives on.
    public void breakStream() {
      ContainerListener current = listener;
      if (current != null) {
        current.reattached();
      }
    }

    /// The process ends.
    public void end(ExitStatus status) {
      ContainerListener current;
      synchronized (this) {
        if (!running || over) {
          return;
        }
        over = true;
        running = false;
        current = listener;
      }
      ended.countDown();
      if (current != null) {
        current.outputClosed();
        current.exited(status);
      }
    }

    private InputStream stored(OptionalInt tail) {
      String all;
      synchronized (log) {
        all = log.toString(UTF_8);
      }
      List<String> lines = new ArrayList<>(all.lines().toList());
      int from = Math.max(0, lines.size() - tail.orElse(lines.size()));
      String text =
          String.join("", lines.subList(from, lines.size()).stream().map(l -> l + "\n").toList());
      return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    private ContainerHandle handle() {
      return new Handle(this);
    }
  }

  private final class Handle implements ContainerHandle {
    private final Container container;

    Handle(Container container) {
      this.container = container;
    }

    @Override
    public String id() {
      return container.id;
    }

    @Override
    public ContainerKind kind() {
      return container.kind;
    }

    @Override
    public void start() {
      gates.pass(Step.START);
      container.running = true;
    }

    @Override
    public void stopGracefully() {
      gates.pass(Step.STOP);
      container.signals.add("stop");
      try {
        container.ended.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw WingsException.impossible("interrupted while stopping");
      }
    }

    @Override
    public void signal(String name) {
      gates.pass(Step.SIGNAL);
      container.signals.add(name);
      if (name.equals("SIGKILL")) {
        container.end(new ExitStatus(137, false));
      }
    }

    @Override
    public void kill() {
      gates.pass(Step.KILL);
      container.signals.add("SIGKILL");
      container.end(new ExitStatus(137, false));
    }

    @Override
    public void write(byte[] bytes) {
      gates.pass(Step.WRITE);
      container.inputs.add(new String(bytes, UTF_8));
    }

    @Override
    public void update(ServerSettings settings) {
      gates.pass(Step.UPDATE);
      container.updates.add(settings);
    }

    @Override
    public InputStream logs(OptionalInt tail) {
      return container.stored(tail);
    }

    @Override
    public void remove() {
      gates.pass(Step.REMOVE);
      container.end(new ExitStatus(137, false));
      containers.remove(container);
    }

    @Override
    public void close() {
      container.listener = null;
      // A graceful stop that waits learns that nobody listens any more.
      container.ended.countDown();
    }
  }
}
