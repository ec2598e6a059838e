package dev.wings.docker.internal.stats;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineRequest;
import java.time.Duration;
import java.util.Map;

/// Asks the engine for the counters, for hosts whose control groups the daemon cannot see.
final class EngineSource {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private EngineSource() {}

  static Sample sample(EngineClient engine, String containerId) {
    return parse(
        engine.read(
            EngineRequest.get("/containers/" + containerId + "/stats")
                .query("stream", "false")
                .query("one-shot", "true"),
            DEADLINE));
  }

  static Sample parse(JsonNode stats) {
    JsonNode memory = stats.path("memory_stats");
    long used = memory.path("usage").asLong();
    JsonNode details = memory.path("stats");
    long inactive =
        details.path("total_inactive_file").asLong(details.path("inactive_file").asLong());
    NetworkCounters network = NetworkCounters.ZERO;
    for (Map.Entry<String, JsonNode> entry : stats.path("networks").properties()) {
      if (!entry.getKey().equals(NetworkCounters.SHAPER)) {
        JsonNode counters = entry.getValue();
        network =
            network.plus(
                counters.path("rx_bytes").asLong(),
                counters.path("rx_packets").asLong(),
                counters.path("tx_bytes").asLong(),
                counters.path("tx_packets").asLong());
      }
    }
    return new Sample(
        stats.path("cpu_stats").path("cpu_usage").path("total_usage").asLong(),
        inactive < used ? used - inactive : used,
        memory.path("limit").asLong(),
        network);
  }
}
