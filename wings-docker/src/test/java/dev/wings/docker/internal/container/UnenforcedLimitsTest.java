package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.testing.TestNode;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UnenforcedLimitsTest {
  private static final String RULES = "[{\"action\":\"drop\"}]";
  private static final String LIMIT = "{\"upload\":8000000,\"download\":0}";
  private final UUID server = UUID.randomUUID();
  private final UnenforcedLimits limits = new UnenforcedLimits();

  private static DockerConfig docker(String backend, boolean bandwidth) {
    return TestNode.config(
            Path.of("/var/lib/wings"),
            "/docker/firewall/backend",
            '"' + backend + '"',
            "/docker/bandwidth/enabled",
            Boolean.toString(bandwidth))
        .docker();
  }

  private ServerSettings with(String pointer, String json) {
    return TestNode.server(server, "x", pointer, json);
  }

  @Test
  void aServerWithFirewallRulesDoesNotStartWithoutThem() {
    assertThatThrownBy(() -> limits.check(with("/firewall", RULES), docker("auto", false)))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("docker.firewall.backend");
  }

  @Test
  void theOperatorCanSwitchFirewallRulesOff() {
    limits.check(with("/firewall", RULES), docker("disabled", false));

    assertThat(limits.of(server)).containsExactly("firewall");
  }

  @Test
  void bandwidthCountsOnlyWhereTheOperatorSwitchedItOff() {
    limits.check(with("/build/bandwidth", LIMIT), docker("auto", false));
    assertThat(limits.of(server)).containsExactly("bandwidth");

    limits.check(with("/build/bandwidth", LIMIT), docker("auto", true));
    assertThat(limits.of(server)).isEmpty();
  }

  @Test
  void aServerWithoutWishesAsksForNothing() {
    limits.check(TestNode.server(server, "x"), docker("auto", true));

    assertThat(limits.of(server)).isEmpty();
  }
}
