package dev.wings.docker.internal.engine;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ContainerPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.NetworkSettings;
import com.github.dockerjava.api.model.PullResponseItem;
import dev.wings.core.json.Json;

/// The mapper for docker-java's models. It differs from the library's own in three ways:
///
/// - Members without a value are not sent, so that a document holds what was set and nothing else.
/// - Of an answer, only the members that this module uses are read. The models know closed sets of
///   capabilities, log drivers and bind options; an engine, a plug-in or somebody else's container
///   with one more must not make a server's state unreadable (`threats.md` DK-02).
/// - Answers are read under the limits of [Json] and not kept a second time as raw values.
public final class EngineJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(Json.constraints())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .addMixIn(InspectContainerResponse.class, Inspected.class)
          .addMixIn(InspectContainerResponse.ContainerState.class, State.class)
          .addMixIn(ContainerConfig.class, Config.class)
          .addMixIn(NetworkSettings.class, Networking.class)
          .addMixIn(ContainerNetwork.class, Endpoint.class)
          .addMixIn(Container.class, Listed.class)
          .addMixIn(ContainerPort.class, Port.class)
          .addMixIn(Network.class, Net.class)
          .addMixIn(InspectImageResponse.class, Image.class)
          .addMixIn(PullResponseItem.class, Progress.class)
          .build();

  private EngineJson() {}

  /// Shared, thread-safe and never reconfigured.
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  @JsonIncludeProperties({"Id", "Name", "State", "Config", "HostConfig", "NetworkSettings"})
  private abstract static class Inspected {
    // Here and not at the class: the same model is also written.
    @JsonProperty("HostConfig")
    @JsonIncludeProperties({"CpuQuota", "CpuPeriod"})
    @SuppressWarnings({"unused", "NullAway.Init"}) // carries annotations
    HostConfig hostConfig;
  }

  @JsonIncludeProperties({"Status", "ExitCode", "OOMKilled", "Pid", "StartedAt"})
  private abstract static class State {}

  @JsonIncludeProperties({"Tty", "Labels"})
  private abstract static class Config {}

  @JsonIncludeProperties("Networks")
  private abstract static class Networking {}

  @JsonIncludeProperties("IPAddress")
  private abstract static class Endpoint {}

  @JsonIncludeProperties({"Id", "Names", "Created", "Ports", "Labels"})
  private abstract static class Listed {}

  @JsonIncludeProperties({"IP", "PublicPort"})
  private abstract static class Port {}

  @JsonIncludeProperties({"Name", "IPAM"})
  private abstract static class Net {}

  @JsonIncludeProperties("Id")
  private abstract static class Image {}

  @JsonIncludeProperties({"status", "id", "progressDetail", "errorDetail", "error"})
  private abstract static class Progress {}
}
