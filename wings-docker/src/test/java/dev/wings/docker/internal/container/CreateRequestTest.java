package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.docker.internal.engine.EngineJson;
import dev.wings.docker.internal.seccomp.SeccompProfile;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One golden document per kind of container, then one test per field that varies.
class CreateRequestTest {
  private static final UUID SERVER = UUID.fromString("0a1b2c3d-0000-4000-8000-00000000abcd");
  private static final Path ROOT = Path.of("/srv/wings");

  private final FakeHost host = new FakeHost();

  /// The request with its body as it goes over the wire.
  private record Sent(String name, JsonNode body, List<String> warnings) {
    static Sent of(CreateRequest request) {
      return new Sent(
          request.name(), EngineJson.mapper().valueToTree(request.body()), request.warnings());
    }
  }

  private Sent server(List<String> node, String... settings) {
    return sent(
        new ContainerRequest.ServerProcess(
            TestNode.server(SERVER, "games/yolk:21", settings), "/srv/wings/volumes/" + SERVER),
        TestNode.config(ROOT, node.toArray(String[]::new)),
        host,
        "AbCd1234");
  }

  private JsonNode body(String... settings) {
    return server(List.of(), settings).body();
  }

  private JsonNode onNode(String... node) {
    return server(List.of(node)).body();
  }

  private Sent installer(List<String> node, String... settings) {
    return sent(
        new ContainerRequest.Installer(
            TestNode.server(SERVER, "games/yolk:21", settings),
            "/srv/wings/volumes/" + SERVER,
            script(),
            "/srv/wings/tmp/" + SERVER),
        TestNode.config(ROOT, node.toArray(String[]::new)),
        host,
        "AbCd1234");
  }

  private static Sent sent(
      ContainerRequest request, WingsConfig config, HostFacts host, String suffix) {
    return Sent.of(CreateRequest.of(request, config, host, suffix));
  }

  private static InstallationScript script() {
    return new InstallationScript(
        "installers/debian~", "bash", "", Map.of("EXTRA", JsonNodeFactory.instance.numberNode(1)));
  }

  private static List<String> strings(JsonNode array) {
    List<String> list = new ArrayList<>();
    array.forEach(element -> list.add(element.asText()));
    return list;
  }

  /// What the engine reads, where the Java type of a number is lost.
  private static JsonNode sent(JsonNode node) {
    return json(node.toString());
  }

  private static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  @Proves("CT-01")
  void aServerContainerAsAWhole() {
    Sent request =
        server(
            List.of("/docker/container_apply_seccomp", "false"),
            "/allocations/default_allocation",
            "{\"ip\":\"10.1.1.1\",\"port\":25565}",
            "/allocations/mappings",
            "{\"10.1.1.1\":[25565]}",
            "/build/memory_limit",
            "1024",
            "/build/swap",
            "512",
            "/build/cpu_limit",
            "150",
            "/build/threads",
            "\"0,2-3\"",
            "/build/io_weight",
            "500");

    assertThat(request.name()).isEqualTo(SERVER.toString());
    assertThat(request.warnings()).isEmpty();
    assertThat(sent(request.body()))
        .isEqualTo(
            json(
                """
                {
                  "Image": "games/yolk:21",
                  "Hostname": "0a1b2c3d-0000-4000-8000-00000000abcd",
                  "User": "988:987",
                  "Env": ["VERSION=1.21", "COUNT=5", "FLAG=true", "NOTHING=null", "TZ=Europe/Berlin",
                          "STARTUP=/bin/game {{SERVER_PORT}}", "SERVER_MEMORY=1024", "SERVER_IP=10.1.1.1", "SERVER_PORT=25565"],
                  "Labels": {"Service": "Wings", "ContainerType": "server_process"},
                  "ExposedPorts": {"25565/tcp": {}, "25565/udp": {}},
                  "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "OpenStdin": true, "Tty": true,
                  "HostConfig": {
                    "Memory": 1234173952, "MemoryReservation": 1073741824, "MemorySwap": 1771044864,
                    "CpuQuota": 150000, "CpuPeriod": 100000, "CpusetCpus": "0,2-3",
                    "PidsLimit": 5120, "BlkioWeight": 500, "OomKillDisable": false,
                    "PortBindings": {
                      "25565/tcp": [{"HostIp": "10.1.1.1", "HostPort": "25565"}],
                      "25565/udp": [{"HostIp": "10.1.1.1", "HostPort": "25565"}]},
                    "NetworkMode": "calagopus_nw",
                    "Dns": ["1.1.1.1", "1.0.0.1"],
                    "DnsOptions": ["ndots:0", "timeout:2", "attempts:3", "single-request-reopen"],
                    "Tmpfs": {"/tmp": "rw,exec,nosuid,size=100M"},
                    "LogConfig": {"Type": "local", "Config": {"compress": "false", "max-file": "1", "max-size": "5m", "mode": "non-blocking"}},
                    "Mounts": [
                      {"Target": "/etc/machine-id", "Source": "/srv/wings/vmounts/0a1b2c3d-0000-4000-8000-00000000abcd/machine-id", "Type": "bind", "ReadOnly": true},
                      {"Target": "/home/container", "Source": "/srv/wings/volumes/0a1b2c3d-0000-4000-8000-00000000abcd", "Type": "bind", "ReadOnly": false}],
                    "Devices": [],
                    "SecurityOpt": ["no-new-privileges"],
                    "CapDrop": ["setpcap", "mknod", "audit_write", "net_raw", "dac_override", "fowner", "fsetid",
                                "net_bind_service", "sys_chroot", "setfcap", "sys_ptrace"],
                    "ReadonlyRootfs": true,
                    "Ulimits": [{"Name": "nofile", "Soft": 1048576, "Hard": 1048576}]
                  }
                }
                """));
  }

  @Test
  void anInstallerContainerAsAWhole() {
    Sent request = installer(List.of(), "/build/memory_limit", "512", "/build/cpu_limit", "50");

    assertThat(request.name()).isEqualTo(SERVER + "_installer");
    assertThat(sent(request.body()))
        .isEqualTo(
            json(
                """
                {
                  "Image": "installers/debian",
                  "Cmd": ["bash", "/mnt/install/install.sh"],
                  "Hostname": "installer",
                  "Env": ["VERSION=1.21", "COUNT=5", "FLAG=true", "NOTHING=null", "TZ=Europe/Berlin",
                          "STARTUP=/bin/game {{SERVER_PORT}}", "SERVER_MEMORY=512", "EXTRA=1",
                          "INSTALL_STATUS_FILE=/mnt/install/status", "INSTALL_PROGRESS_FILE=/mnt/install/progress"],
                  "Labels": {"Service": "Wings", "ContainerType": "server_installer"},
                  "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "OpenStdin": true, "Tty": true,
                  "HostConfig": {
                    "Memory": 1234173952, "MemoryReservation": 1073741824, "MemorySwap": 1234173952,
                    "CpuQuota": 100000, "CpuPeriod": 100000,
                    "PidsLimit": 5120, "OomKillDisable": false,
                    "Ulimits": [{"Name": "nofile", "Soft": 1048576, "Hard": 1048576}],
                    "NetworkMode": "calagopus_nw",
                    "Dns": ["1.1.1.1", "1.0.0.1"],
                    "DnsOptions": ["ndots:0", "timeout:2", "attempts:3", "single-request-reopen"],
                    "Tmpfs": {"/tmp": "rw,exec,nosuid,size=100M"},
                    "LogConfig": {"Type": "local", "Config": {"compress": "false", "max-file": "1", "max-size": "5m", "mode": "non-blocking"}},
                    "Mounts": [
                      {"Target": "/mnt/server", "Source": "/srv/wings/volumes/0a1b2c3d-0000-4000-8000-00000000abcd", "Type": "bind", "ReadOnly": false},
                      {"Target": "/mnt/install", "Source": "/srv/wings/tmp/0a1b2c3d-0000-4000-8000-00000000abcd", "Type": "bind", "ReadOnly": false}]
                  }
                }
                """));
  }

  @Test
  void aScriptContainerHasNoTerminalAndItsOwnNames() {
    Sent request =
        sent(
            new ContainerRequest.Script(
                TestNode.server(SERVER, "x"), "/volume", script(), "/staging"),
            TestNode.config(ROOT),
            host,
            "AbCd1234");

    assertThat(request.name()).isEqualTo(SERVER + "_script_runner_AbCd1234");
    JsonNode body = request.body();
    assertThat(body.path("Hostname").asText()).isEqualTo("script");
    assertThat(strings(body.path("Cmd"))).containsExactly("bash", "/mnt/script/script.sh");
    assertThat(body.path("Labels").path("ContainerType").asText()).isEqualTo("script_runner");
    assertThat(body.path("Tty").asBoolean()).isFalse();
    assertThat(body.path("OpenStdin").asBoolean()).isFalse();
    assertThat(body.path("AttachStdin").asBoolean()).isFalse();
    assertThat(body.path("AttachStdout").asBoolean()).isTrue();
    assertThat(body.path("AttachStderr").asBoolean()).isTrue();
    assertThat(body.path("HostConfig").path("Mounts").get(1).path("Target").asText())
        .isEqualTo("/mnt/script");
    assertThat(strings(body.path("Env")))
        .contains("EXTRA=1")
        .noneMatch(e -> e.startsWith("INSTALL_"));
  }

  @Test
  void labelsOfThePanelNeverReplaceOurs() {
    assertThat(
            body("/labels", "{\"a\":\"b\",\"Service\":\"x\",\"ContainerType\":\"tundra_daemon\"}")
                .path("Labels"))
        .isEqualTo(
            json("{\"a\":\"b\",\"Service\":\"Wings\",\"ContainerType\":\"server_process\"}"));
  }

  @ParameterizedTest
  @CsvSource({
    "Test Server!, TestServer.",
    "'', .",
    "日本, .",
    "a_b-C9, a_b-C9.",
    "abcdefghijklmnopqrstuvwxyz0123, abcdefghijklmnopqrstuvwxyz.",
  })
  void prefixesTheServersNameWhenAsked(String name, String prefix) {
    assertThat(
            server(
                    List.of("/docker/server_name_in_container_name", "true"),
                    "/meta/name",
                    "\"" + name + "\"")
                .name())
        .isEqualTo(prefix + SERVER);
  }

  @Test
  void entrypointAndDomainAreOnlySentWhenSet() {
    assertThat(body().has("Entrypoint")).isFalse();
    assertThat(strings(body("/entrypoint", "[\"/bin/sh\",\"-c\",\"x\"]").path("Entrypoint")))
        .containsExactly("/bin/sh", "-c", "x");
    assertThat(onNode("/docker/domainname", "\"games.test\"").path("Domainname").asText())
        .isEqualTo("games.test");
    assertThat(body().has("Domainname")).isFalse();
    assertThat(body().has("Cmd")).isFalse();
    assertThat(body().has("WorkingDir")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"~games/x, games/x", "games/x~, games/x", "games/x:1~~, games/x:1"})
  void stripsTheLocalMarker(String image, String sent) {
    assertThat(body("/container/image", "\"" + image + "\"").path("Image").asText())
        .isEqualTo(sent);
  }

  @Test
  @Proves("CT-05")
  void refusesToRunServersAsRootOutsideRootlessMode() {
    assertThatThrownBy(() -> onNode("/system/user/uid", "0"))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("root");
    assertThat(
            onNode(
                    "/system/user/uid", "0",
                    "/system/user/rootless",
                        "{\"enabled\":true,\"container_uid\":0,\"container_gid\":5}")
                .path("User")
                .asText())
        .isEqualTo("0:5");
  }

  @Test
  @Proves({"CP-07", "CT-08"})
  void environmentIsDataAndHoldsNoSecret() {
    Sent request =
        server(
            List.of(),
            "/environment",
            "{\"A\":\"$(rm -rf /); `id`"
                + " '\\\"\",\"\":\"x\",\"B=C\":\"x\",\"N\\u0000\":\"x\",\"V\":\"a\\u0000b\",\"STARTUP\":\"mine\",\"--opt\":\"-x\"}",
            "/invocation",
            "\"run {{A}} && $B\"");

    List<String> environment = strings(request.body().path("Env"));
    assertThat(environment)
        .contains("A=$(rm -rf /); `id` '\"", "STARTUP=run {{A}} && $B", "--opt=-x")
        .noneMatch(e -> e.startsWith("=") || e.startsWith("B=") || e.indexOf('\0') >= 0)
        .noneMatch(e -> e.equals("STARTUP=mine"));
    assertThat(request.warnings()).hasSize(4);
    assertThat(request.body().toString()).doesNotContain("canary");
    assertThat(request.warnings().toString()).doesNotContain("a\0b");
  }

  @Test
  void aVariableLongerThanTheKernelTakesIsLeftOut() {
    Sent request =
        server(List.of(), "/environment", "{\"BIG\":\"" + "x".repeat(131_072) + "\",\"OK\":\"1\"}");

    assertThat(strings(request.body().path("Env")))
        .contains("OK=1")
        .noneMatch(e -> e.startsWith("BIG"));
  }

  @Test
  void timezoneOfTheServerWinsOverTheNodes() {
    assertThat(strings(body("/container/timezone", "\"Asia/Tokyo\"").path("Env")))
        .contains("TZ=Asia/Tokyo");
  }

  @Test
  void optionalNodeSettingsAreOnlySentWhenSet() {
    JsonNode plain = body().path("HostConfig");
    assertThat(plain.has("ShmSize")).isFalse();
    assertThat(plain.has("UsernsMode")).isFalse();
    assertThat(plain.has("Sysctls")).isFalse();
    assertThat(plain.has("CpuShares")).isFalse();
    assertThat(plain.has("Privileged")).isFalse();
    assertThat(plain.has("CapAdd")).isFalse();
    assertThat(plain.has("Binds")).isFalse();
    JsonNode set =
        onNode(
                "/docker/shm_size", "64",
                "/docker/userns_mode", "\"keep-id:uid=1,gid=2\"",
                "/docker/container_pid_limit", "0",
                "/docker/container_ulimits", "[{\"name\":\"core\",\"soft\":0,\"hard\":-1}]",
                "/docker/container_sysctls", "{\"net.core.somaxconn\":\"512\"}",
                "/docker/tmpfs_size", "64",
                "/docker/log_config", "{\"type\":\"json-file\",\"config\":{\"a\":\"b\"}}")
            .path("HostConfig");
    assertThat(set.path("ShmSize").asLong()).isEqualTo(64L << 20);
    assertThat(set.path("UsernsMode").asText()).isEqualTo("keep-id:uid=1,gid=2");
    assertThat(set.has("PidsLimit")).isFalse();
    assertThat(sent(set.path("Ulimits")))
        .isEqualTo(
            json(
                "[{\"Name\":\"core\",\"Soft\":0,\"Hard\":-1},"
                    + "{\"Name\":\"nofile\",\"Soft\":1048576,\"Hard\":1048576}]"));
    assertThat(set.path("Sysctls")).isEqualTo(json("{\"net.core.somaxconn\":\"512\"}"));
    assertThat(set.path("Tmpfs").path("/tmp").asText()).isEqualTo("rw,exec,nosuid,size=64M");
    assertThat(set.path("LogConfig"))
        .isEqualTo(json("{\"Type\":\"json-file\",\"Config\":{\"a\":\"b\"}}"));
  }

  @Test
  void logDriversOfPlugInsKeepTheirName() {
    assertThat(
            onNode("/docker/log_config", "{\"type\":\"games/driver:2\",\"config\":{}}")
                .path("HostConfig")
                .path("LogConfig"))
        .isEqualTo(json("{\"Type\":\"games/driver:2\",\"Config\":{}}"));
  }

  @ParameterizedTest
  @CsvSource({"host, false", "container:abc, false", "none, true", "my_net, true"})
  void networkSysctlsAreSkippedInForeignNetworks(String mode, boolean sent) {
    JsonNode hostConfig =
        onNode(
                "/docker/network/mode",
                "\"" + mode + "\"",
                "/docker/container_sysctls",
                "{\"net.a\":\"1\",\"kernel.b\":\"2\"}")
            .path("HostConfig");

    assertThat(hostConfig.path("Sysctls").has("net.a")).isEqualTo(sent);
    assertThat(hostConfig.path("Sysctls").has("kernel.b")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 2000, 1000, 2000",
    "90000, 100000, 65536, 65536",
    "-1, 100000, 65536, 65536",
    "5, -1, 5, -1"
  })
  void openFilesAreLimitedToWhatTheDaemonCanHandOut(
      long soft, long hard, long sentSoft, long sentHard) {
    host.maxOpenFiles = 65536;

    assertThat(
            sent(
                onNode(
                        "/docker/container_ulimits",
                        "[{\"name\":\"nofile\",\"soft\":" + soft + ",\"hard\":" + hard + "}]")
                    .path("HostConfig")
                    .path("Ulimits")
                    .get(0)))
        .isEqualTo(
            json("{\"Name\":\"nofile\",\"Soft\":" + sentSoft + ",\"Hard\":" + sentHard + "}"));
  }

  @Test
  void openFilesHaveACeilingWithoutTheOperatorsHelp() {
    host.maxOpenFiles = 4096;

    assertThat(sent(onNode().path("HostConfig").path("Ulimits")))
        .isEqualTo(json("[{\"Name\":\"nofile\",\"Soft\":4096,\"Hard\":4096}]"));
    assertThat(
            onNode(
                    "/system/user/rootless",
                    "{\"enabled\":true,\"container_uid\":0,\"container_gid\":0}")
                .path("HostConfig")
                .has("Ulimits"))
        .isFalse(); // the engine's own limit is unknown and may be lower
  }

  @Test
  void forcedOutgoingAddressesUseTheirOwnNetwork() {
    String allocation = "{\"ip\":\"2001:db8::1\",\"port\":1}";
    assertThat(
            body(
                    "/allocations/force_outgoing_ip",
                    "true",
                    "/allocations/default_allocation",
                    allocation)
                .path("HostConfig")
                .path("NetworkMode")
                .asText())
        .isEqualTo("ip-2001--db8----1");
    assertThat(
            body("/allocations/force_outgoing_ip", "true")
                .path("HostConfig")
                .path("NetworkMode")
                .asText())
        .isEqualTo("calagopus_nw");
    assertThat(
            installer(
                    List.of(),
                    "/allocations/force_outgoing_ip",
                    "true",
                    "/allocations/default_allocation",
                    allocation)
                .body()
                .path("HostConfig")
                .path("NetworkMode")
                .asText())
        .isEqualTo("calagopus_nw");
  }

  @Test
  @Proves("CT-01")
  void securityOptionsCarryTheFilterWithoutWhatTheServerGivesUp() {
    assertThat(strings(body().path("HostConfig").path("SecurityOpt")))
        .containsExactly(
            "no-new-privileges", "seccomp=" + SeccompProfile.bundled().without(List.of()));
    List<String> options =
        strings(
            server(
                    List.of("/docker/container_apparmor_profile", "\"games\""),
                    "/container/seccomp_remove_allowed",
                    "[\"ptrace\"]")
                .body()
                .path("HostConfig")
                .path("SecurityOpt"));
    assertThat(options).hasSize(3);
    assertThat(options.get(1)).startsWith("seccomp={").doesNotContain("\"ptrace\"");
    assertThat(options.get(2)).isEqualTo("apparmor=games");
  }

  @Test
  @Proves("CT-01")
  void installersAreNeverPrivileged() {
    JsonNode hostConfig = installer(List.of()).body().path("HostConfig");

    for (String field :
        List.of("Privileged", "CapAdd", "SecurityOpt", "Devices", "PidMode", "IpcMode")) {
      assertThat(hostConfig.has(field)).as(field).isFalse();
    }
    assertThat(hostConfig.path("PidsLimit").asLong()).isEqualTo(5120);
    assertThat(hostConfig.path("Tmpfs").path("/tmp").asText()).contains("nosuid");
  }

  @Test
  void mountsComeInTheirOrder() {
    host.paths.put("/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/product_uuid");
    host.paths.put("/mnt/link", "/mnt/real");
    host.paths.put("/mnt", "/mnt");
    host.lxcfs = new HostFacts.Lxcfs(List.of("proc/stat"), "");
    JsonNode mounts =
        server(
                List.of(
                    "/tundra/enabled", "true",
                    "/system/passwd/enabled", "true",
                    "/docker/lxcfs/enabled", "true",
                    "/allowed_mounts", "[\"/mnt\"]"),
                "/container/hugepages_passthrough",
                "true",
                "/mounts",
                "[{\"source\":\"/mnt/link\",\"target\":\"/data\",\"read_only\":false}]")
            .body()
            .path("HostConfig")
            .path("Mounts");

    List<String> lines = new ArrayList<>();
    mounts.forEach(m ->
        lines.add(
            m.path("Source").asText().replace("/" + SERVER, "/U")
                + " "
                + m.path("Target").asText()
                + (m.path("ReadOnly").asBoolean() ? " ro" : " rw")));
    assertThat(lines)
        .containsExactly(
            "/srv/wings/vmounts/U/machine-id /etc/machine-id ro",
            "/srv/wings/vmounts/U/machine-uuid /sys/class/dmi/id/product_uuid ro",
            "/srv/wings/vmounts/U/hosts /etc/hosts ro",
            "/srv/wings/volumes/U /home/container rw",
            "/dev/hugepages /dev/hugepages rw",
            "/srv/wings/passwd/group /etc/group ro",
            "/srv/wings/passwd/passwd /etc/passwd ro",
            "/mnt/real /data rw",
            "/var/lib/lxcfs/proc/stat /proc/stat ro");
  }

  @Test
  void machineIdsCanBeOffAndProductUuidNeedsRootAndTheFile() {
    host.paths.put("/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/product_uuid");
    assertThat(onNode("/system/machine_id/enabled", "false").path("HostConfig").path("Mounts"))
        .hasSize(1);
    assertThat(onNode("/system/user/rootless/enabled", "true").path("HostConfig").path("Mounts"))
        .hasSize(2);
    assertThat(body().path("HostConfig").path("Mounts")).hasSize(3);
  }

  @Test
  void selinuxHostsGetLabelledBinds() {
    host.selinux = true;
    JsonNode hostConfig = body("/container/hugepages_passthrough", "true").path("HostConfig");

    assertThat(strings(hostConfig.path("Binds")))
        .containsExactly(
            "/srv/wings/vmounts/" + SERVER + "/machine-id:/etc/machine-id:ro,z",
            "/srv/wings/volumes/" + SERVER + ":/home/container:rw,z");
    assertThat(hostConfig.path("Mounts")).hasSize(1);
    assertThat(hostConfig.path("Mounts").get(0).path("Source").asText())
        .isEqualTo("/dev/hugepages");
  }

  @Test
  void sourcesAreTranslatedWhenTheDaemonRunsInAContainer() {
    host.mounts =
        new HostMounts(
            Map.of(
                Path.of("/srv/wings"),
                Path.of("/host/data"),
                Path.of("/srv/wings/vmounts"),
                Path.of("/host/v")));
    JsonNode mounts = body().path("HostConfig").path("Mounts");

    assertThat(mounts.get(0).path("Source").asText())
        .isEqualTo("/host/v/" + SERVER + "/machine-id");
    assertThat(mounts.get(1).path("Source").asText()).isEqualTo("/host/data/volumes/" + SERVER);
  }

  @Test
  void devicesNeedTheAllowListExceptForKvm() {
    host.paths.put("/dev/dri", "/dev/dri");
    host.paths.put("/dev/dri/card0", "/dev/dri/card0");
    host.paths.put("/dev/sda", "/dev/sda");
    host.paths.put("/dev/dri/notes", "/dev/dri/notes");
    host.devices.add("/dev/dri/card0");
    host.devices.add("/dev/sda");
    Sent request =
        server(
            List.of("/allowed_devices", "[\"/dev/dri\"]"),
            "/container/kvm_passthrough",
            "true",
            "/devices",
            "[{\"source\":\"/dev/dri/card0\",\"target\":\"/dev/gpu\",\"permissions\":\"rw\"},"
                + "{\"source\":\"/dev/sda\",\"target\":\"/dev/sda\",\"permissions\":\"r\"},"
                + "{\"source\":\"/dev/dri/notes\",\"target\":\"/dev/n\",\"permissions\":\"r\"},"
                + "{\"source\":\"/dev/dri/card0\",\"target\":\"/dev/x\",\"permissions\":\"rwx\"},"
                + "{\"source\":\"/dev/dri/card0\",\"target\":\"/dev/x\",\"permissions\":\"\"}]");

    assertThat(request.body().path("HostConfig").path("Devices"))
        .isEqualTo(
            json(
                "[{\"PathOnHost\":\"/dev/kvm\",\"PathInContainer\":\"/dev/kvm\",\"CgroupPermissions\":\"rwm\"},"
                    + "{\"PathOnHost\":\"/dev/dri/card0\",\"PathInContainer\":\"/dev/gpu\",\"CgroupPermissions\":\"rw\"}]"));
    assertThat(request.warnings()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // memory, overhead, swap -> Memory, Reservation, MemorySwap
        "0, 0, 512, -, -, -",
        "0, 100, 0, -, -, -",
        "1024, 0, 512, 1234173952, 1073741824, 1771044864",
        "1024, 0, 0, 1234173952, 1073741824, 1234173952",
        "1024, 0, -1, 1234173952, 1073741824, -1",
        "2048, 0, 0, 2469396480, 2147483648, 2469396480",
        "2049, 0, 0, 2362441728, 2148532224, 2362441728",
        "4096, 0, 0, 4723834880, 4294967296, 4723834880",
        "5000, 0, 0, 5505024000, 5242880000, 5505024000",
        "1000, 24, 0, 1234173952, 1073741824, 1234173952",
      })
  void memoryAndSwap(
      long memory, long overhead, long swap, Long sent, Long reservation, Long total) {
    JsonNode hostConfig =
        body(
                "/build/memory_limit",
                "" + memory,
                "/build/overhead_memory",
                "" + overhead,
                "/build/swap",
                "" + swap)
            .path("HostConfig");

    assertThat(number(hostConfig, "Memory")).isEqualTo(sent);
    assertThat(number(hostConfig, "MemoryReservation")).isEqualTo(reservation);
    assertThat(number(hostConfig, "MemorySwap")).isEqualTo(total);
  }

  private static @org.jspecify.annotations.Nullable Long number(JsonNode node, String name) {
    return node.has(name) ? Long.valueOf(node.path(name).asLong()) : null;
  }

  @ParameterizedTest
  @CsvSource({"500, 2.0", "1000, 2.0", "1001, 1.5", "9000, 1.1"})
  void overheadTableOfTheNode(long memory, double factor) {
    assertThat(
            Resources.multiplier(
                memory,
                new dev.wings.core.config.DockerConfig.Overhead(
                    true, 1.1, Map.of("4000", 1.5, "1000", 2.0))))
        .isEqualTo(factor);
  }

  @ParameterizedTest
  @CsvSource({
    "150, 100000, 150000, 100000",
    "0, 100000, -1, -",
    "-5, 100000, -1, -",
    "50, 500, 500, 1000",
    "33, 100000, 33000, 100000",
    "1, 2000000, 10000, 1000000",
  })
  void cpuQuota(long limit, long period, long quota, String sentPeriod) {
    JsonNode hostConfig =
        server(List.of("/docker/cpu_period", "" + period), "/build/cpu_limit", "" + limit)
            .body()
            .path("HostConfig");

    assertThat(hostConfig.path("CpuQuota").asLong()).isEqualTo(quota);
    assertThat(hostConfig.has("CpuPeriod") ? hostConfig.path("CpuPeriod").asText() : "-")
        .isEqualTo(sentPeriod);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {"0,5|0,1", "0-1|0", "4-7|1", "0,9|-", "x|-", "3-1|-"})
  void memoryNodesOfPinnedCpus(String threads, String nodes) {
    host.numaNodes.put(0, cpus(0, 4));
    host.numaNodes.put(1, cpus(4, 8));
    JsonNode hostConfig = body("/build/threads", "\"" + threads + "\"").path("HostConfig");

    assertThat(hostConfig.has("CpusetMems") ? hostConfig.path("CpusetMems").asText() : null)
        .isEqualTo(nodes);
    assertThat(
            server(List.of("/docker/numa_memory_binding", "false"), "/build/threads", "\"0\"")
                .body()
                .path("HostConfig")
                .has("CpusetMems"))
        .isFalse();
  }

  private static BitSet cpus(int from, int to) {
    BitSet cpus = new BitSet();
    cpus.set(from, to);
    return cpus;
  }

  @Test
  void installersKeepLargerLimitsAndUnlimitedStaysUnlimited() {
    JsonNode large =
        installer(List.of(), "/build/memory_limit", "4000", "/build/cpu_limit", "300")
            .body()
            .path("HostConfig");
    assertThat(large.path("Memory").asLong()).isEqualTo(4400L << 20);
    assertThat(large.path("CpuQuota").asLong()).isEqualTo(300_000);
    JsonNode unlimited = installer(List.of(), "/build/memory_limit", "0").body().path("HostConfig");
    assertThat(unlimited.has("Memory")).isFalse();
    assertThat(unlimited.has("MemoryReservation")).isFalse();
    assertThat(unlimited.path("CpuQuota").asLong()).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({"0, 1234173952", "512, 1771044864", "-1, -1"})
  void installersOfSmallServersMayGrowToTheFloorAndNoFurther(long swap, long memoryAndSwap) {
    JsonNode small =
        installer(List.of(), "/build/memory_limit", "512", "/build/swap", Long.toString(swap))
            .body()
            .path("HostConfig");

    assertThat(small.path("Memory").asLong()).isEqualTo(1234173952); // floor(1024 x 1.15) MiB
    assertThat(small.path("MemorySwap").asLong()).isEqualTo(memoryAndSwap);
    assertThat(small.path("PidsLimit").asLong()).isEqualTo(5120);
  }

  @Test
  void aWeightThatTheKernelLacksIsLeftOut() {
    host.acceptsIoWeight = false;
    Sent request = server(List.of(), "/build/io_weight", "100");

    assertThat(request.body().path("HostConfig").has("BlkioWeight")).isFalse();
    assertThat(request.warnings()).singleElement().asString().contains("I/O weights");
  }

  @Test
  void saysWhatTheHostIgnores() {
    host.honoursIoWeight = false;
    Sent request =
        server(
            List.of(),
            "/build/io_weight",
            "100",
            "/build/oom_disabled",
            "true",
            "/build/memory_limit",
            "0",
            "/build/swap",
            "5");

    assertThat(request.warnings()).hasSize(3);
    assertThat(request.body().path("HostConfig").path("OomKillDisable").asBoolean()).isTrue();
  }
}
