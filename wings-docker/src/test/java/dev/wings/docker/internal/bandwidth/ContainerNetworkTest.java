package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ContainerNetworkTest {
  private static final String LO =
      "{\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"],\"mtu\":65536}";
  private static final String ETH0 =
      "{\"ifname\":\"eth0\",\"flags\":[\"BROADCAST\",\"MULTICAST\",\"UP\",\"LOWER_UP\"],"
          + "\"mtu\":1450}";
  private static final String DOWN = "{\"ifname\":\"tunl0\",\"flags\":[\"NOARP\"],\"mtu\":1480}";
  private static final String IFB =
      "{\"ifname\":\"wings-dl\",\"flags\":[\"BROADCAST\",\"NOARP\",\"UP\"],\"mtu\":1500}";

  private static ContainerNetwork parse(String qdiscs, String... links) throws IOException {
    return ContainerNetwork.parse("[" + String.join(",", links) + "]", qdiscs);
  }

  @Test
  void findsTheInterfaceAndThatNothingIsShaped() throws IOException {
    ContainerNetwork expected = new ContainerNetwork("eth0", 1450, 0, false, false, 0);

    assertThat(parse("[]", LO, DOWN, ETH0)).isEqualTo(expected);
    assertThat(parse("", LO, DOWN, ETH0)).isEqualTo(expected);
    assertThat(
            parse(
                "[{\"kind\":\"tbf\",\"handle\":\"8001:\",\"dev\":\"eth0\",\"options\":{\"rate\":5}}]",
                LO,
                ETH0))
        .isEqualTo(expected);
  }

  @Test
  void knowsItsOwnWork() throws IOException {
    String qdiscs =
        "[{\"kind\":\"tbf\",\"handle\":\"5742:\",\"dev\":\"eth0\",\"root\":true,"
            + "\"options\":{\"rate\":12500000000,\"burst\":1,\"lat\":2}},"
            + "{\"kind\":\"fq_codel\",\"handle\":\"5743:\",\"dev\":\"eth0\",\"options\":{}},"
            + "{\"kind\":\"ingress\",\"handle\":\"ffff:\",\"dev\":\"eth0\"},"
            + "{\"kind\":\"tbf\",\"handle\":\"5742:\",\"dev\":\"wings-dl\","
            + "\"options\":{\"rate\":1000}}]";

    assertThat(parse(qdiscs, LO, ETH0, IFB))
        .isEqualTo(new ContainerNetwork("eth0", 1450, 12_500_000_000L, true, true, 1000));
  }

  @Test
  void insistsOnOneInterface() {
    assertThatThrownBy(() -> parse("[]", LO, DOWN, IFB))
        .isInstanceOf(IOException.class)
        .hasMessage("the container has 0 network interfaces that are up (expected: 1)");
    assertThatThrownBy(() -> parse("[]", LO, ETH0, ETH0.replace("eth0", "eth1")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 2 network interfaces");
  }

  @Test
  void namesCannotBecomeCommands() {
    assertThatThrownBy(() -> parse("[]", ETH0.replace("eth0", "a root;b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unusual name");
    assertThatThrownBy(() -> parse("not JSON", LO, ETH0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("iproute2");
  }
}
