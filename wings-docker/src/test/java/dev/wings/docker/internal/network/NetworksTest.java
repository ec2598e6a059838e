package dev.wings.docker.internal.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.ExposedPort;
import com.google.common.base.Strings;
import dev.wings.core.WingsException;
import dev.wings.core.container.ContainerEngine.NetworkState;
import dev.wings.core.json.Json;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineJson;
import dev.wings.docker.testing.FakeEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworksTest {
  private static final String CREATE = "POST /networks/create";
  private static final ObjectMapper JSON = Json.mapper();

  @TempDir Path directory;
  private FakeEngine fake;
  private EngineClient client;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    fake.on("GET /networks", (_, response) -> response.json(200, "[]"));
    fake.on(CREATE, (_, response) -> response.json(201, "{\"Id\":\"x\"}"));
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    fake.close();
  }

  private NetworkState ensure(String... changes) {
    return new Networks(new EngineCommands(client))
        .ensure(TestNode.config(directory, changes).docker().network());
  }

  private static JsonNode sent(Object document) {
    return EngineJson.mapper().valueToTree(document);
  }

  private JsonNode created(int index) throws IOException {
    return JSON.readTree(fake.requests(CREATE).get(index).body());
  }

  @Test
  void createsTheMissingNetwork() throws IOException {
    NetworkState state = ensure("/docker/network/interface", "\"0.0.0.0\"");

    assertThat(created(0))
        .isEqualTo(
            JSON.readTree(
                """
                {"Name": "calagopus_nw", "Driver": "bridge", "EnableIPv4": true, "EnableIPv6": true, "Internal": false,
                 "IPAM": {"Config": [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"},
                                     {"Subnet": "fdba:17c8:6c94::/64", "Gateway": "fdba:17c8:6c94::1011"}]},
                 "Options": {"encryption": "false", "com.docker.network.bridge.default_bridge": "false",
                             "com.docker.network.bridge.enable_icc": "true",
                             "com.docker.network.bridge.enable_ip_masquerade": "true",
                             "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
                             "com.docker.network.bridge.name": "calagopus_nw", "com.docker.network.driver.mtu": "1500"}}
                """));
    assertThat(state)
        .isEqualTo(
            new NetworkState(
                "172.18.0.1",
                false,
                "172.18.0.0/16",
                "172.18.0.1",
                "fdba:17c8:6c94::/64",
                "fdba:17c8:6c94::1011"));
  }

  @Test
  void leavesAnExistingNetworkAlone() {
    fake.on(
        "GET /networks/calagopus_nw",
        (_, response) -> response.json(200, "{\"Name\":\"calagopus_nw\",\"Internal\":true}"));

    assertThat(ensure("/docker/network/interface", "\"10.0.0.9\"").interfaceAddress())
        .isEqualTo("10.0.0.9");
    assertThat(fake.requests(CREATE)).isEmpty();
  }

  @Test
  void isNotFooledByTheIdOfAnotherNetwork() {
    fake.on(
        "GET /networks/abc",
        (_, response) -> response.json(200, "{\"Name\":\"other\",\"Id\":\"abc123\"}"));

    ensure("/docker/network/name", "\"abc\"");

    assertThat(fake.requests(CREATE)).hasSize(1);
  }

  @Test
  void choosesAFreeSubnetUpFront() throws IOException {
    fake.on(
        "GET /networks",
        (_, response) ->
            response.json(
                200,
                "[{\"Name\":\"a\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.16.0.0/14\"}]}},"
                    + "{\"Name\":\"b\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.20.5.0/24\"},{\"Subnet\":\"fdba:17c8:6c97::/48\"}]}},"
                    + "{\"Name\":\"host\",\"IPAM\":{\"Config\":null}}]"));

    NetworkState state = ensure();

    assertThat(fake.requests(CREATE)).hasSize(1);
    assertThat(state)
        .isEqualTo(
            new NetworkState(
                "172.22.0.1",
                false,
                "172.22.0.0/16",
                "172.22.0.1",
                "fdba:17c8:6c98::/64",
                "fdba:17c8:6c98::1011"));
  }

  @Test
  void movesOnWhenTheEngineStillSeesAnOverlap() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    fake.on(
        CREATE,
        (_, response) -> {
          if (calls.incrementAndGet() < 3) {
            response.json(
                403, "{\"message\":\"Pool overlaps with other one on this address space\"}");
          } else {
            response.json(201, "{}");
          }
        });

    assertThat(ensure().v4Subnet()).isEqualTo("172.20.0.0/16");
    assertThat(created(2).at("/IPAM/Config/1/Subnet").asText()).isEqualTo("fdba:17c8:6c96::/64");
  }

  @Test
  void givesUpNamingTheConflictingNetwork() {
    fake.on(
        "GET /networks",
        (_, response) ->
            response.json(
                200, "[{\"Name\":\"vpn\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.0.0.0/8\"}]}}]"));

    assertThatThrownBy(this::ensure)
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("vpn")
        .hasMessageContaining("172.0.0.0/8");
    assertThat(fake.requests(CREATE)).isEmpty();
  }

  @Test
  void anyOtherRefusalIsFinal() {
    fake.on(CREATE, (_, response) -> response.json(403, "{\"message\":\"plugin not found\"}"));

    assertThatThrownBy(this::ensure).hasMessageContaining("plugin not found");
    assertThat(fake.requests(CREATE)).hasSize(1);
  }

  @Test
  void needsOneFamily() {
    assertThatThrownBy(() ->
            ensure(
                "/docker/network/interfaces/v4/enabled", "false",
                "/docker/network/interfaces/v6/enabled", "false"))
        .hasMessageContaining("disabled");
  }

  @Test
  void anUnreachableEngineIsNotAMissingNetwork() throws IOException {
    fake.close();

    assertThatThrownBy(this::ensure).hasMessageContaining("cannot be reached");
  }

  @ParameterizedTest
  @CsvSource({
    "host, 127.0.0.1, false",
    "overlay, '', true",
    "weavemesh, '', true",
    "bridge, 172.18.0.1, false",
    "macvlan, 172.18.0.1, false"
  })
  void theDriverDecidesInterfaceAndIspn(String driver, String address, boolean ispn) {
    NetworkState state = ensure("/docker/network/driver", "\"" + driver + "\"");

    assertThat(state.interfaceAddress()).isEqualTo(address);
    assertThat(state.ispn()).isEqualTo(ispn);
  }

  @Test
  void podmanGetsNoOptionsThatItRefuses() {
    JsonNode options =
        sent(Networks.request(
                TestNode.config(directory).docker().network(),
                AddressPool.of(TestNode.config(directory).docker().network()),
                /* podman= */ true))
            .path("Options");

    assertThat(options).hasSize(2);
    assertThat(options.has("com.docker.network.driver.mtu")).isTrue();
  }

  @Test
  void forcedOutgoingNetworksAreMadeOnceAndTheirFailureIsLeftToTheCreate() throws IOException {
    Networks networks = new Networks(new EngineCommands(client));

    assertThat(networks.ensureOutgoing("10.1.2.3", 1400)).isEqualTo("ip-10-1-2-3");

    assertThat(created(0))
        .isEqualTo(
            JSON.readTree(
                """
                {"Name": "ip-10-1-2-3", "Driver": "bridge", "EnableIPv6": false, "Internal": false, "Attachable": false,
                 "Ingress": false,
                 "Options": {"encryption": "false", "com.docker.network.bridge.default_bridge": "false",
                             "com.docker.network.host_ipv4": "10.1.2.3", "com.docker.network.driver.mtu": "1400"}}
                """));
    fake.on(CREATE, (_, response) -> response.json(500, "{\"message\":\"no\"}"));
    assertThat(networks.ensureOutgoing("10.1.2.4", 1400)).isEqualTo("ip-10-1-2-4");
    fake.on(
        "GET /networks/ip-10-1-2-5",
        (_, response) -> response.json(200, "{\"Name\":\"ip-10-1-2-5\"}"));
    networks.ensureOutgoing("10.1.2.5", 1400);
    assertThat(fake.requests(CREATE)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "172.18.0.0/16, 172.18.5.0/24, true",
    "172.18.0.0/16, 172.19.0.0/16, false",
    "10.0.0.0/8, 10.255.0.0/16, true",
    "0.0.0.0/0, 10.0.0.0/8, true",
    "fd00::/64, fd00::/80, true",
    "fd00::/64, fd00:0:0:1::/64, false",
    "10.0.0.0/8, fd00::/8, false",
    "10.0.0.0/8, nonsense, false",
    "10.0.0.0/8, x/9, false",
    "10.0.0.0/8, 10.0.0.0/99, true",
  })
  void overlaps(String left, String right, boolean overlap) {
    assertThat(AddressPool.overlap(left, right)).isEqualTo(overlap);
    assertThat(AddressPool.overlap(right, left)).isEqualTo(overlap);
  }

  @Test
  void shiftingWraps() {
    AddressPool pool =
        new AddressPool("", "172.255.0.0/16", "172.255.0.1", "fd00:1:ffff::/64", "fd00:1:ffff::1")
            .next();

    assertThat(pool.v4Subnet()).isEqualTo("172.0.0.0/16");
    assertThat(pool.v6Subnet()).isEqualTo("fd00:1::/64");
    assertThat(pool.interfaceAddress()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // disable binding, ispn, allocation -> sent address ("" none, "-" no binding)
        "false, false, 10.0.0.1, 10.0.0.1",
        "false, false, 127.0.0.1, 172.18.0.1",
        "false, true, 127.0.0.1, -",
        "false, true, 10.0.0.1, 10.0.0.1",
        "true, true, 127.0.0.1, ''",
        "false, false, 127.0.0.2, 127.0.0.2",
      })
  void rewritesTheHostAddressOfPorts(boolean disable, boolean ispn, String ip, String sent) {
    PortBindings ports =
        PortBindings.of(
            TestNode.server(
                    UUID.randomUUID(), "x", "/allocations/mappings", "{\"" + ip + "\":[80]}")
                .allocations(),
            TestNode.config(
                    directory,
                    "/docker/network/disable_interface_binding",
                    "" + disable,
                    "/docker/network/ispn",
                    "" + ispn)
                .docker()
                .network());

    assertThat(ports.exposed()).containsExactly(ExposedPort.tcp(80), ExposedPort.udp(80));
    JsonNode binding = sent(ports.bindings()).path("80/udp").path(0);
    assertThat(binding.isMissingNode() ? null : binding.path("HostIp").asText()).isEqualTo(sent);
    assertThat(binding.has("HostIp")).isEqualTo(!Strings.isNullOrEmpty(sent));
    assertThat(binding.path("HostPort").asText()).isEqualTo(sent == null ? "" : "80");
  }
}
