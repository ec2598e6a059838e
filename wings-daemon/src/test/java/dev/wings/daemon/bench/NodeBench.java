package dev.wings.daemon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// Prints the figures of a whole node: the packaged daemon as a process, a real engine, real
/// sockets. Run by `bin/bench`; needs root, Docker, and `wrk` for the HTTP part. Choose parts by
/// name: `start`, `http`, `console`, `power`, `transfer`, `list`, `search`, `delete`, `usage`,
/// `extract`.
public final class NodeBench {
  private static final UUID SERVER = BenchDaemon.id(0);

  private final Path directory;

  private NodeBench(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> parts =
        arguments.length == 0
            ? List.of(
                "start",
                "http",
                "power",
                "console",
                "transfer",
                "list",
                "search",
                "delete",
                "usage",
                "extract")
            : List.of(arguments);
    run("../demo/build-image", BenchDaemon.IMAGE);
    NodeBench bench = new NodeBench(Files.createTempDirectory("wings-bench"));
    for (String part : parts) {
      switch (part) {
        case "start" -> bench.start();
        case "http" -> bench.http();
        case "power" -> bench.power();
        case "console" -> bench.console();
        case "list" -> new ListBench(bench.directory.resolve("list")).list();
        case "transfer" -> bench.transfer();
        case "search" -> new FileTreeBench(bench.directory.resolve("tree")).search();
        case "delete" -> new FileTreeBench(bench.directory.resolve("tree")).delete();
        case "usage" -> new UsageBench(bench.directory.resolve("usage")).run();
        case "extract" -> new ExtractBench(bench.directory.resolve("extract")).run();
        default -> System.out.println("unknown part " + part);
      }
    }
  }

  private BenchDaemon daemon(String name, int servers) throws IOException {
    return new BenchDaemon(directory.resolve(name), servers);
  }

  private void start() throws Exception {
    try (BenchDaemon daemon = daemon("start", 100)) {
      List<Long> times = new ArrayList<>();
      for (int round = 0; round < 7; round++) {
        times.add(daemon.start().toMillis());
        if (round < 6) {
          daemon.stop();
        }
      }
      times.removeFirst(); // fills the page cache
      print("start to listening, 100 stopped servers, ms", median(times) + " (each " + times + ")");
      TimeUnit.SECONDS.sleep(10);
      print("resident memory idle, MiB", daemon.residentKib() / 1024);
      double before = daemon.cpuSeconds();
      TimeUnit.SECONDS.sleep(30);
      print(
          "idle CPU, percent of a core",
          String.format("%.2f", (daemon.cpuSeconds() - before) / 0.3));
    }
  }

  private void http() throws Exception {
    try (BenchDaemon daemon = daemon("http", 100)) {
      daemon.start();
      TimeUnit.SECONDS.sleep(2);
      for (String path : List.of("/api/system", "/api/servers", "/api/servers/" + SERVER)) {
        wrk(daemon, path, 4);
        print("GET " + path, wrk(daemon, path, 8));
      }
      print("resident memory after load, MiB", daemon.residentKib() / 1024);
    }
  }

  private static String wrk(BenchDaemon daemon, String path, int seconds) throws Exception {
    String output =
        run(
            "wrk",
            "-t1",
            "-c64",
            "-d" + seconds + "s",
            "--latency",
            "-H",
            "Authorization: Bearer " + daemon.token(),
            "http://127.0.0.1:" + daemon.port() + path);
    StringBuilder figures = new StringBuilder();
    for (String line : output.lines().toList()) {
      if (line.contains("Requests/sec")
          || line.contains("99%")
          || line.contains("50%")
          || line.contains("Non-2xx")) {
        figures.append(line.strip().replaceAll("\\s+", " ")).append("; ");
      }
    }
    return figures.toString();
  }

  private void transfer() throws Exception {
    try (BenchDaemon daemon = daemon("transfer", 1)) {
      daemon.start();
      new TransferBench(daemon, SERVER, daemon.volume(SERVER)).run();
    }
  }

  private void power() throws Exception {
    try (BenchDaemon daemon = daemon("power", 1)) {
      daemon.start();
      List<Long> engine = new ArrayList<>();
      List<Long> ours = new ArrayList<>();
      try (LineCounter console = daemon.console(SERVER)) {
        for (int round = 0; round < 8; round++) {
          engine.add(RawEngine.createAttachStart() / 1_000_000);
          long begin = System.nanoTime();
          long running = console.await("\"running\"", () -> send(console, "set state", "start"));
          ours.add((running - begin) / 1_000_000);
          console.await("\"offline\"", () -> send(console, "set state", "kill"));
          TimeUnit.MILLISECONDS.sleep(500); // the old container is removed meanwhile
        }
      }
      print("engine alone: create + attach + start, ms", median(engine) + " (each " + engine + ")");
      print("power request to running, ms", median(ours) + " (each " + ours + ")");
    }
  }

  private void console() throws Exception {
    try (BenchDaemon daemon = daemon("console", 1)) {
      daemon.start();
      daemon.post("/api/servers/" + SERVER + "/power", "{\"action\":\"start\"}");
      daemon.awaitState(SERVER, "running");
      TimeUnit.SECONDS.sleep(1);
      command(daemon);
      rate(daemon, 20, 5_000, 4);
      rate(daemon, 20, 5_000, 4);
      rate(daemon, 1, 50_000, 4);
      flood(daemon);
      print("resident memory after the consoles, MiB", daemon.residentKib() / 1024);
      daemon.post("/api/servers/" + SERVER + "/power", "{\"action\":\"kill\"}");
      daemon.awaitState(SERVER, "offline");
    }
  }

  private static void command(BenchDaemon daemon) throws Exception {
    long[] nanos = new long[200];
    try (LineCounter console = daemon.console(SERVER)) {
      TimeUnit.MILLISECONDS.sleep(500);
      for (int i = 0; i < nanos.length; i++) {
        String mark = "mark" + i + "x";
        long begin = System.nanoTime();
        nanos[i] =
            console.await("<console> " + mark, () -> send(console, "send command", "say " + mark))
                - begin;
      }
    }
    Arrays.sort(nanos);
    print(
        "command to stdin and its answer to the socket, ms",
        String.format("median %.2f, p95 %.2f", nanos[100] / 1e6, nanos[190] / 1e6));
  }

  private static void rate(BenchDaemon daemon, int sockets, int perSecond, int seconds)
      throws Exception {
    List<LineCounter> consoles = open(daemon, sockets);
    double cpu = daemon.cpuSeconds();
    daemon.post(
        "/api/servers/" + SERVER + "/commands",
        "{\"commands\":[\"rate " + perSecond + " " + seconds + "\"]}");
    long expected = (long) perSecond * seconds;
    awaitQuiet(consoles, expected);
    report(daemon, consoles, expected, perSecond + " lines/s", cpu);
  }

  private static void flood(BenchDaemon daemon) throws Exception {
    List<LineCounter> consoles = open(daemon, 20);
    LineCounter deaf = daemon.console(SERVER);
    double cpu = daemon.cpuSeconds();
    long begin = System.nanoTime();
    daemon.post("/api/servers/" + SERVER + "/commands", "{\"commands\":[\"flood 500000\"]}");
    awaitQuiet(consoles, 500_000);
    report(daemon, consoles, 500_000, "full speed", cpu);
    double seconds = (consoles.getFirst().lastNanos() - begin) / 1e9;
    print(
        "  lines/s per socket at full speed",
        String.format("%.0f (%.2f s)", consoles.getFirst().lines() / seconds, seconds));
    deaf.close();
  }

  private static List<LineCounter> open(BenchDaemon daemon, int sockets) throws Exception {
    List<LineCounter> consoles = new ArrayList<>();
    for (int i = 0; i < sockets; i++) {
      consoles.add(daemon.console(SERVER));
    }
    TimeUnit.SECONDS.sleep(1);
    return consoles;
  }

  private static void awaitQuiet(List<LineCounter> consoles, long expected) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < deadline
        && consoles.stream().anyMatch(console -> console.lastNumber() < expected)) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static void report(
      BenchDaemon daemon, List<LineCounter> consoles, long expected, String what, double cpuBefore)
      throws IOException {
    // the echo of the command is a line as well
    long least = consoles.stream().mapToLong(LineCounter::lines).min().orElse(0);
    long disorder = consoles.stream().mapToLong(LineCounter::disorder).sum();
    print(
        what + " to " + consoles.size() + " sockets",
        String.format(
            "delivered %d of %d (least), out of order %d, daemon CPU %.2f s, RSS %d MiB",
            Math.min(least, expected),
            expected,
            disorder,
            daemon.cpuSeconds() - cpuBefore,
            daemon.residentKib() / 1024));
    for (LineCounter console : consoles) {
      console.close();
    }
  }

  private static void send(LineCounter console, String event, String argument) {
    try {
      console.send(event, argument);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  static void print(String what, Object figure) {
    System.out.println(what + ": " + figure);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }
}
