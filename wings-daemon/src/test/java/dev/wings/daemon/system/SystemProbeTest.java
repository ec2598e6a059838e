package dev.wings.daemon.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemProbeTest {
  @TempDir Path proc;

  private final AtomicLong nanos = new AtomicLong(1);

  @BeforeEach
  void files() throws IOException {
    Files.createDirectories(proc.resolve("net"));
    Files.createDirectories(proc.resolve("self"));
    write("stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
    write("meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable:   400 kB\n");
    write("self/status", "Name:\tjava\nVmRSS:\t  123 kB\n");
    write(
        "cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineX\nmodel name\t: X 5000\ncpu MHz\t\t: 2445.4\n");
    write(
        "net/dev",
        "Inter-| Receive\n face |bytes\n  lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n"
            + "eth0:100 5 0 0 0 0 0 0 200 6 0 0 0 0 0 0\n");
    write(
        "diskstats",
        "259 0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0\n259 1 nvme0n1p1 1 0 8 0 1 0 16 0 0 0 0\n"
            + "7 0 loop0 1 0 99 0 1 0 99 0 0 0 0\n");
    write(
        "net/tcp",
        "  sl  local_address rem_address   st\n"
            + "   0: 0100007F:1F90 00000000:0000 0A 0\n"
            + "   1: 0100007F:1F91 0100007F:1234 01 0\n"
            + "   2: garbage\n");
    write(
        "net/udp6",
        "  sl  local_address rem_address   st\n"
            + "   0: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07"
            + " 0\n");
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(proc.resolve(file), text);
  }

  private SystemProbe probe() {
    return new SystemProbe(proc, proc, nanos::get);
  }

  @Test
  void sumsAndSizesAreRead() {
    try (SystemProbe probe = probe()) {
      SystemStats stats = probe.stats();

      assertThat(stats.network().received()).isEqualTo(110);
      assertThat(stats.network().sentPackets()).isEqualTo(7);
      assertThat(stats.disk().read()).isEqualTo(8 * 512);
      assertThat(stats.disk().written()).isEqualTo(16 * 512);
      assertThat(stats.memory())
          .isEqualTo(new SystemStats.Memory(600 << 10, 123 << 10, 1000 << 10));
      assertThat(stats.cpu().model()).isEqualTo("X 5000");
      assertThat(probe.processor().frequencyMhz()).isEqualTo(2445);
      assertThat(probe.processor().vendorId()).isEqualTo("GenuineX");
    }
  }

  @Test
  void ratesAreDifferencesOverTime() throws IOException {
    try (SystemProbe probe = probe()) {
      probe.stats();
      write("stat", "cpu  150 0 150 700 200 0 0 0 50 0\n");
      write("net/dev", "eth0: 1110 15 0 0 0 0 0 0 200 6 0 0 0 0 0 0\n");
      nanos.addAndGet(2_000_000_000L);

      await()
          .untilAsserted(() -> {
            SystemStats stats = probe.latest();
            assertThat(stats.network().receivingRate()).isEqualTo(500);
            assertThat(stats.cpu().used()).isEqualTo(50);
          });
    }
  }

  @Test
  void samplingEndsWhenNobodyAsksAndBeginsAgain() {
    try (SystemProbe probe = probe()) {
      probe.stats();
      nanos.addAndGet(61_000_000_000L);
      await().until(() -> !probe.sampling());

      assertThat(probe.stats().memory().total()).isEqualTo(1000 << 10);
      assertThat(probe.sampling()).isTrue();
    }
  }

  @Test
  void missingFilesCountAsZero(@TempDir Path empty) {
    try (SystemProbe probe = new SystemProbe(empty, empty, nanos::get)) {
      assertThat(probe.stats().memory().total()).isZero();
      assertThat(probe.processor().brand()).isEmpty();
      assertThat(probe.boundPorts()).isEmpty();
    }
  }

  @Test
  void listenersAndBoundSocketsAreFound() throws IOException {
    try (SystemProbe probe = probe()) {
      assertThat(probe.boundPorts())
          .containsExactlyInAnyOrder(
              new BoundPort(InetAddress.getByName("127.0.0.1"), 8080),
              new BoundPort(InetAddress.getByName("2001:db8::1"), 53));
    }
  }

  @Test
  void thisMachineIsDescribedInThePanelsWords() {
    assertThat(SystemProbe.architecture()).isIn("x86_64", "aarch64", "riscv64", "powerpc64le");
    assertThat(SystemProbe.operatingSystem()).isEqualTo("linux");
    assertThat(SystemProbe.kernelVersion()).isNotEmpty();
  }
}
