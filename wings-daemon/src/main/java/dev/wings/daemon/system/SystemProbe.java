package dev.wings.daemon.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Facts and figures about the machine (`http-api.md` 6.1, 6.2, 6.5, 6.9). Rates need two samples,
/// so sampling starts with the first question and goes on, every [#SAMPLE_INTERVAL], until nobody
/// has asked for [#IDLE]; a node that nobody watches costs nothing. Safe for use by many threads.
public final class SystemProbe implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SystemProbe.class);
  private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(500);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration FIRST_RATE = Duration.ofMillis(100);

  private final ProcFiles proc;
  private final Path root;
  private final LongSupplier nanoTime;
  private final String cpuModel;

  private volatile SystemStats latest;
  private volatile long askedNanos;
  private @Nullable Thread sampler; // guarded by this
  private @Nullable CountDownLatch firstSample; // guarded by this
  private boolean closed; // guarded by this

  /// Processor of the node.
  ///
  /// @param frequencyMhz 0 when unknown
  public record Processor(
      String name, String brand, String vendorId, long frequencyMhz, int count) {}

  /// Memory in bytes; `used` is what is not available to others.
  public record MemoryUse(long total, long free, long used, long usedByProcess) {}

  private record Sample(
      long nanos,
      ProcFiles.CpuTicks cpu,
      ProcFiles.NetworkCounters network,
      ProcFiles.DiskCounters disks) {}

  public SystemProbe() {
    this(Path.of("/proc"), Path.of("/"), System::nanoTime);
  }

  SystemProbe(Path proc, Path root, LongSupplier nanoTime) {
    this.proc = new ProcFiles(proc);
    this.root = root;
    this.nanoTime = nanoTime;
    this.cpuModel = this.proc.cpuInfo("model name");
    this.latest =
        new SystemStats(
            new SystemStats.Cpu(0, 0, ""),
            new SystemStats.Network(0, 0, 0, 0, 0, 0, 0, 0),
            new SystemStats.Memory(0, 0, 0),
            new SystemStats.Disk(0, 0, 0, 0, 0, 0));
  }

  /// Name of the instruction set as the Panel knows it: `x86_64`, `aarch64`, …
  public static String architecture() {
    String name = System.getProperty("os.arch", "");
    return switch (name) {
      case "amd64" -> "x86_64";
      case "ppc64le" -> "powerpc64le";
      default -> name;
    };
  }

  /// `linux`, `macos` or `windows`.
  public static String operatingSystem() {
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return name.startsWith("mac") ? "macos" : name.startsWith("windows") ? "windows" : name;
  }

  public static String kernelVersion() {
    return System.getProperty("os.version", "");
  }

  /// Hardware threads that the daemon may use.
  public static int cpuCount() {
    return Runtime.getRuntime().availableProcessors();
  }

  public Processor processor() {
    double mhz = decimal(proc.cpuInfo("cpu MHz"));
    return new Processor("cpu0", cpuModel, proc.cpuInfo("vendor_id"), Math.round(mhz), cpuCount());
  }

  public MemoryUse memory() {
    ProcFiles.MemoryBytes memory = proc.memory();
    return new MemoryUse(
        memory.total(), memory.free(), memory.total() - memory.available(), proc.residentBytes());
  }

  /// Current figures. Waits a moment when nobody asked lately, for the first rates.
  public SystemStats stats() {
    CountDownLatch ready = startSampling();
    if (ready != null) {
      try {
        if (!ready.await(2, TimeUnit.SECONDS)) {
          log.atWarn().log("no sample of the system within two seconds");
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return latest;
  }

  /// The last figures, without waiting; keeps the sampling going.
  public SystemStats latest() {
    startSampling();
    return latest;
  }

  /// Addresses that servers can be bound to, sorted and unique (`http-api.md` 6.9).
  ///
  /// @param engineNetwork interface name of the engine's network, left out
  public List<String> addresses(String engineNetwork) {
    SortedSet<String> addresses = new TreeSet<>();
    try {
      for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
        if (virtual(each.getName(), engineNetwork)) {
          continue;
        }
        for (InterfaceAddress bound : each.getInterfaceAddresses()) {
          if (assignable(bound.getAddress())) {
            addresses.add(text(bound.getAddress()));
          }
        }
      }
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(addresses);
  }

  /// Sockets of the host that listen or are bound.
  public List<BoundPort> boundPorts() {
    return BoundPort.all(proc);
  }

  /// Whether samples are being taken.
  synchronized boolean sampling() {
    return sampler != null;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (sampler != null) {
      sampler.interrupt();
    }
  }

  /// Returns what to wait for when there is no sample yet.
  private synchronized @Nullable CountDownLatch startSampling() {
    askedNanos = nanoTime.getAsLong();
    if (sampler == null && !closed) {
      CountDownLatch ready = new CountDownLatch(1);
      firstSample = ready;
      sampler = Thread.ofVirtual().name("system-probe").start(() -> sample(ready));
    }
    return firstSample;
  }

  private void sample(CountDownLatch ready) {
    try {
      Sample previous = take();
      Thread.sleep(FIRST_RATE);
      while (stillAsked()) {
        Sample current = take();
        latest = compare(previous, current);
        previous = current;
        ready.countDown();
        Thread.sleep(SAMPLE_INTERVAL);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("sampling of the system failed");
      ended();
    } finally {
      ready.countDown();
    }
  }

  private synchronized boolean stillAsked() {
    if (closed || nanoTime.getAsLong() - askedNanos > IDLE.toNanos()) {
      ended();
      return false;
    }
    return true;
  }

  private synchronized void ended() {
    sampler = null;
    firstSample = null;
  }

  private Sample take() {
    return new Sample(nanoTime.getAsLong(), proc.cpuTicks(), proc.network(), proc.disks());
  }

  private SystemStats compare(Sample before, Sample now) {
    double seconds = Math.max(1e-9, (now.nanos - before.nanos) / 1e9);
    long ticks = now.cpu.total() - before.cpu.total();
    double used = ticks <= 0 ? 0 : 100.0 * (now.cpu.busy() - before.cpu.busy()) / ticks;
    ProcFiles.MemoryBytes memory = proc.memory();
    return new SystemStats(
        new SystemStats.Cpu(round(used), cpuCount(), cpuModel),
        new SystemStats.Network(
            now.network.received(),
            now.network.receivedPackets(),
            rate(before.network.received(), now.network.received(), seconds),
            rate(before.network.receivedPackets(), now.network.receivedPackets(), seconds),
            now.network.sent(),
            now.network.sentPackets(),
            rate(before.network.sent(), now.network.sent(), seconds),
            rate(before.network.sentPackets(), now.network.sentPackets(), seconds)),
        new SystemStats.Memory(
            memory.total() - memory.available(), proc.residentBytes(), memory.total()),
        disk(before, now, seconds));
  }

  private SystemStats.Disk disk(Sample before, Sample now, double seconds) {
    long total = 0;
    long used = 0;
    try {
      FileStore store = Files.getFileStore(root);
      total = store.getTotalSpace();
      used = total - store.getUnallocatedSpace();
    } catch (IOException unreadable) {
      log.atDebug().setCause(unreadable).log("size of the root file system is unknown");
    }
    return new SystemStats.Disk(
        used,
        total,
        now.disks.read(),
        rate(before.disks.read(), now.disks.read(), seconds),
        now.disks.written(),
        rate(before.disks.written(), now.disks.written(), seconds));
  }

  private static boolean virtual(String name, String engineNetwork) {
    return name.equals(engineNetwork)
        || name.startsWith("docker")
        || name.startsWith("br-")
        || name.startsWith("veth");
  }

  private static boolean assignable(InetAddress address) {
    return !address.isLoopbackAddress()
        && !address.isAnyLocalAddress()
        && !address.isMulticastAddress()
        && !address.isLinkLocalAddress();
  }

  private static String text(InetAddress address) {
    return address instanceof Inet6Address
        ? io.netty.util.NetUtil.toAddressString(address)
        : address.getHostAddress();
  }

  private static double rate(long before, long now, double seconds) {
    return round(Math.max(0, now - before) / seconds);
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static double decimal(String text) {
    try {
      return text.isEmpty() ? 0 : Double.parseDouble(text);
    } catch (NumberFormatException notANumber) {
      return 0;
    }
  }
}
