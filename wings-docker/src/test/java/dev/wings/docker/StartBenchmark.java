package dev.wings.docker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.json.Json;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineRequest;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestEngine;
import dev.wings.docker.testing.TestNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// Prints what a start costs through the module and with the engine's bare calls for the very same
/// container (create, attach, start, in milliseconds, median), and how fast a flood is read. Not a
/// test: run `main`, optionally with the number of rounds.
final class StartBenchmark {
  private StartBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
    Path directory = Files.createTempDirectory("wings-start-benchmark");
    try (TestEngine real = TestEngine.docker().orElseThrow()) {
      WingsConfig config = TestNode.config(directory, "/docker/network/mode", "\"none\"");
      Path volume = Files.createDirectories(directory.resolve("volume"));
      try (DockerEngine engine = DockerEngine.connect(LiveConfig.fixed(config));
          EngineClient raw = new EngineClient(new EngineAddress.Local(Path.of(real.socket())))) {
        byte[] body = body(engine, raw, real, volume);
        double[] bare = new double[rounds];
        double[] ours = new double[rounds];
        for (int i = -2; i < rounds; i++) { // two rounds to warm up, then taking turns
          double rawMillis = rawStart(raw, body);
          double engineMillis = engineStart(engine, real, volume);
          if (i >= 0) {
            bare[i] = rawMillis;
            ours[i] = engineMillis;
          }
        }
        System.out.printf(
            "create + attach + start, median of %d: engine alone %.1f ms, through DockerEngine %.1f"
                + " ms%n",
            rounds, median(bare), median(ours));
        flood(engine, real, volume);
      }
    }
  }

  /// The create request that the module sends, so that both sides ask for the same.
  private static byte[] body(DockerEngine engine, EngineClient raw, TestEngine real, Path volume) {
    try (ContainerHandle handle = engine.create(request(real, volume), new Recorder())) {
      JsonNode inspected =
          raw.call(EngineRequest.get("/containers/" + handle.id() + "/json"), EngineClient.QUICK);
      handle.remove();
      var body =
          (com.fasterxml.jackson.databind.node.ObjectNode) inspected.path("Config").deepCopy();
      body.set("HostConfig", inspected.path("HostConfig"));
      return body.toString().getBytes(StandardCharsets.UTF_8);
    }
  }

  private static ContainerRequest request(TestEngine real, Path volume) {
    ServerSettings settings =
        TestNode.server(
            UUID.randomUUID(),
            real.image(),
            "/entrypoint",
            Json.mapper().createArrayNode().add("/bin/sleep").add("60").toString());
    return new ContainerRequest.ServerProcess(settings, volume.toString());
  }

  private static double rawStart(EngineClient raw, byte[] body) {
    long begin = System.nanoTime();
    String id =
        raw.call(EngineRequest.post("/containers/create", body), EngineClient.WORK)
            .path("Id")
            .asText();
    EngineDuplex attached =
        raw.upgrade(
            EngineRequest.post("/containers/" + id + "/attach")
                .query("stream", "1")
                .query("stdin", "1")
                .query("stdout", "1")
                .query("stderr", "1"),
            EngineClient.QUICK);
    raw.call(EngineRequest.post("/containers/" + id + "/start"), EngineClient.WORK);
    double millis = (System.nanoTime() - begin) / 1e6;
    attached.close();
    raw.call(EngineRequest.delete("/containers/" + id).query("force", "true"), EngineClient.WORK);
    return millis;
  }

  private static double engineStart(DockerEngine engine, TestEngine real, Path volume) {
    ContainerRequest request = request(real, volume);
    long begin = System.nanoTime();
    try (ContainerHandle handle = engine.create(request, new Recorder())) {
      handle.start();
      double millis = (System.nanoTime() - begin) / 1e6;
      handle.remove();
      return millis;
    }
  }

  private static void flood(DockerEngine engine, TestEngine real, Path volume) throws Exception {
    Recorder counter =
        new Recorder() {
          @Override
          @SuppressWarnings("NonAtomicVolatileUpdate") // calls come one at a time
          public synchronized void output(ByteBuffer bytes) {
            received += bytes.remaining();
          }
        };
    ServerSettings settings =
        TestNode.server(
            UUID.randomUUID(),
            real.image(),
            "/entrypoint",
            "[\"/bin/sh\",\"-c\",\"yes 0123456789012345678901234567890123456789 | head -c"
                + " 200000000\"]");
    long begin = System.nanoTime();
    try (ContainerHandle handle =
        engine.create(new ContainerRequest.ServerProcess(settings, volume.toString()), counter)) {
      handle.start();
      counter.exit.get(10, TimeUnit.MINUTES);
      double seconds = (System.nanoTime() - begin) / 1e9;
      System.out.printf("flood: %.0f MB/s of output read%n", counter.received / 1e6 / seconds);
      handle.remove();
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
