package dev.wings.fs.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.config.DockerConfig;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
  private static final List<String> OLD_DEFAULT =
      List.of(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "169.254.0.0/16",
          "::1",
          "fe80::/10",
          "fc00::/7");

  private static AddressPolicy policy(List<String> blocked) {
    return new AddressPolicy(() -> blocked, AddressPolicy.Surroundings.NONE);
  }

  private static boolean allows(List<String> blocked, String address) {
    return policy(blocked).allows(InetAddress.ofLiteral(address));
  }

  /// Every spelling of a host that must not be reached; more than the eighty that are asked for.
  @ParameterizedTest
  @Proves("SR-01")
  @ValueSource(
      strings = {
        // loopback
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0X7F000001",
        "0x7F.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "0177.0.1",
        "00000177.0.0.01",
        "127.000.000.001",
        "127.0.0.0x1",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[::1%25lo]",
        "[::1%lo]",
        "[::1%1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "loopback.example",
        // this network
        "0",
        "0x0",
        "00",
        "0.0.0.0",
        "0.1.2.3",
        "[::]",
        "[::0.0.0.0]",
        // private
        "10.0.0.1",
        "167772161",
        "012.0.0.1",
        "0xa.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "2886729729",
        "192.168.0.1",
        "192.168.257",
        "3232235521",
        "0300.0250.0.1",
        "[::ffff:10.0.0.1]",
        "[::ffff:c0a8:1]",
        "[fc00::1]",
        "[fdff:ffff::1]",
        "private.example",
        "mapped.example",
        "both-private.example",
        // carrier-grade NAT
        "100.64.0.1",
        "100.127.255.254",
        "1681915905",
        // link-local and metadata services
        "169.254.169.254",
        "169.254.43518",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "100.100.100.200",
        "168.63.129.16",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[febf::1%eth0]",
        "metadata.example",
        // protocol assignments, documentation, benchmarking
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "[2001:db8::1]",
        "[3fff::1]",
        "[2001:2::1]",
        "[2001:10::1]",
        "[2001:20::1]",
        // multicast, reserved, broadcast
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        "0xffffffff",
        "[ff02::1]",
        "[ff0e::1]",
        // IPv4 inside of IPv6, and what else is not global
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[100::1]",
        "[fec0::1]",
        "[5f00::1]",
        "[4000::1]",
        // not one address for everybody
        "256.0.0.1",
        "1.2.3.4.5",
        "127.0.0.4294967295",
        "4294967296",
        "08.0.0.1",
        "0x7g.1",
        "1..1",
        "0x7f.0.0.-1",
        "+127.0.0.1",
        "127.0.0.1%00",
        "%31%32%37.0.0.1",
        "127.0.0.1%25lo",
        "[127.0.0.1]",
        "[::1",
        "::1",
        "[[::1]]",
        "[::1]x",
        "user@127.0.0.1",
        "8.8.8.8@127.0.0.1",
        "8.8.8.8:80@127.0.0.1",
        "127.0.0.1\\@8.8.8.8",
        "8.8.8.8\\127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:+80",
        "127.0.0.1:8０",
        "127.0.0.1 ",
        "a b",
        "unknown.example"
      })
  void noSocketIsOpenedForAnySpellingOfABlockedAddress(String host) {
    Network network =
        new Network(0)
            .name("localhost", List.of("127.0.0.1", "::1"))
            .name("loopback.example", List.of("127.0.0.53"))
            .name("private.example", List.of("10.20.30.40"))
            .name("mapped.example", List.of("::ffff:10.1.2.3"))
            .name("both-private.example", List.of("192.168.1.1", "fd00::1"))
            .name("metadata.example", List.of("169.254.169.254"));

    for (String url : List.of("http://" + host + "/x", "https://" + host + "/x")) {
      assertThatThrownBy(() -> network.client().get(url))
          .isInstanceOf(FetchException.class)
          .message()
          .doesNotContain("://");
    }

    assertThat(network.attempts()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "134744072",
        "0x08080808",
        "010.010.010.010",
        "8.8.2056",
        "８.８.８.８",
        "[::ffff:8.8.8.8]",
        "dns.example",
        "DNS.Example."
      })
  void everySpellingOfAPublicAddressLeadsToIt(String host) {
    Network network = new Network(0).name("dns.example", List.of("8.8.8.8"));

    assertThatThrownBy(() -> network.client().get("http://" + host + ":8080/"))
        .hasMessage("the remote server cannot be connected to");

    assertThat(network.attempts()).containsExactly("8.8.8.8:8080");
  }

  @Test
  void rangesBeginAndEndWhereTheyShould() {
    for (String open :
        List.of(
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7::1",
            "2606:4700:4700::1111",
            "2003::1",
            "3ffe::1")) {
      assertThat(allows(Network.DEFAULT, open)).as(open).isTrue();
    }
  }

  @Test
  void theListIsReadAtEachCheck() {
    List<String> blocked = new ArrayList<>(Network.DEFAULT);
    AddressPolicy policy = new AddressPolicy(() -> blocked, AddressPolicy.Surroundings.NONE);
    InetAddress address = InetAddress.ofLiteral("93.184.216.34");
    assertThat(policy.allows(address)).isTrue();

    blocked.add("93.184.216.34");
    assertThat(policy.allows(address)).isFalse();

    blocked.set(blocked.size() - 1, "::ffff:93.184.0.0/112");
    assertThat(policy.allows(address)).isFalse();
  }

  @Test
  void theOlderDefaultProtectsAsMuchAsTheNewer() {
    for (String address :
        List.of("0.0.0.0", "100.64.0.1", "198.18.0.1", "224.0.0.1", "ff02::1", "2002::1", "::")) {
      assertThat(allows(OLD_DEFAULT, address)).as(address).isFalse();
    }
  }

  @Test
  void anOperatorOpensAPrivateNetworkByTakingItOffTheList() {
    List<String> blocked = new ArrayList<>(Network.DEFAULT);
    blocked.remove("10.0.0.0/8");
    blocked.remove("100.64.0.0/10");

    assertThat(allows(blocked, "10.1.2.3")).isTrue();
    assertThat(allows(blocked, "100.64.0.1")).isTrue();
    assertThat(allows(blocked, "192.168.1.1")).isFalse();
    assertThat(allows(blocked, "127.0.0.1")).isFalse();
  }

  @Test
  void anEmptyListOpensTheNodeButNeverMetadataServices() {
    AddressPolicy open = new AddressPolicy(List::of, _ -> true);
    for (String address :
        List.of("127.0.0.1", "::1", "10.0.0.1", "172.18.0.2", "fd12::1", "100.64.0.1")) {
      assertThat(open.allows(InetAddress.ofLiteral(address))).as(address).isTrue();
    }
    for (String address :
        List.of(
            "169.254.169.254",
            "fe80::1",
            "100.100.100.200",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "64:ff9b::7f00:1")) {
      assertThat(open.allows(InetAddress.ofLiteral(address))).as(address).isFalse();
    }
  }

  @Test
  void aListThatNamesAnyLoopbackAddressKeepsTheWholeNodeClosed() {
    AddressPolicy policy =
        new AddressPolicy(() -> List.of("127.0.0.1"), address -> address.getAddress()[0] == 93);
    assertThat(policy.allows(InetAddress.ofLiteral("127.9.9.9"))).isFalse();
    assertThat(policy.allows(InetAddress.ofLiteral("::1"))).isFalse();
    assertThat(policy.allows(InetAddress.ofLiteral("93.0.0.1"))).isFalse();
    assertThat(policy.allows(InetAddress.ofLiteral("10.0.0.1"))).isTrue();
  }

  private static NodeSurroundings surroundings(Network names) {
    var config =
        TestConfig.of(
            Map.of(
                "remote",
                "https://panel.example:8443/base",
                "docker.network.name",
                "wings-test",
                "docker.network.interfaces.v4",
                new DockerConfig.Interface(true, "45.10.0.0/16", "45.10.0.1"),
                "docker.network.interfaces.v6",
                new DockerConfig.Interface(true, "2a01:4f8:1::/64", "2a01:4f8:1::1")));
    return new NodeSurroundings(() -> config, names);
  }

  @Test
  @Proves("SR-01")
  void addressesOfTheNodeItsContainersAndItsPanelAreBlockedWhereverTheyLie()
      throws SocketException {
    Network names = new Network(0).name("panel.example", List.of("93.184.216.34", "2a00::7"));
    AddressPolicy policy = new AddressPolicy(() -> Network.DEFAULT, surroundings(names));

    for (String address : List.of("45.10.200.3", "2a01:4f8:1::99", "93.184.216.34", "2a00::7")) {
      assertThat(policy.allows(InetAddress.ofLiteral(address))).as(address).isFalse();
      assertThat(allows(Network.DEFAULT, address)).as("without surroundings").isTrue();
    }
    assertThat(policy.allows(InetAddress.ofLiteral("93.184.216.35"))).isTrue();
    List<InetAddress> own =
        NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses).toList();
    assertThat(own)
        .isNotEmpty()
        .allSatisfy(address -> {
          assertThat(surroundings(names).contain(address)).isTrue();
          assertThat(policy.allows(address)).isFalse();
        });
  }

  @Test
  @Proves("SR-01")
  void aPanelThatCannotBeFoundStaysGuarded() {
    Network names = new Network(0);
    NodeSurroundings surroundings = surroundings(names);
    AddressPolicy policy = new AddressPolicy(() -> Network.DEFAULT, surroundings);
    InetAddress panel = InetAddress.ofLiteral("93.184.216.34");
    InetAddress other = InetAddress.ofLiteral("93.184.216.35");

    assertThat(policy.allows(panel)).isFalse();
    assertThat(policy.allows(other)).as("where the panel is was never known").isFalse();

    names.name("panel.example", List.of("93.184.216.34"));
    assertThat(policy.allows(panel)).isFalse();
    assertThat(policy.allows(other)).isTrue();

    names.forget("panel.example");
    assertThat(policy.allows(panel)).as("where it was last").isFalse();
    assertThat(policy.allows(other)).isTrue();
  }

  @Test
  @Proves("SR-01")
  void anEntryThatCannotBeReadOpensNothing() {
    for (String broken : List.of("10.0.0.0/88", "example.com", "", "10.0.0.0/x")) {
      AddressPolicy policy =
          new AddressPolicy(() -> List.of(broken, "93.0.0.0/8"), a -> a.getAddress()[0] == 94);
      for (String closed :
          List.of(
              "10.1.2.3", "127.0.0.1", "::1", "fd12::1", "93.1.1.1", "94.1.1.1", "100.64.0.1")) {
        assertThat(policy.allows(InetAddress.ofLiteral(closed))).as(closed).isFalse();
      }
      assertThat(policy.allows(InetAddress.ofLiteral("8.8.8.8"))).isTrue();
    }
  }

  @Test
  void anAnswerWithManyAddressesIsLookedAtInPartAndWithOneLookAtTheSurroundings() {
    List<String> many = IntStream.range(0, 40).mapToObj(i -> "93.184.216." + i).toList();
    Network names =
        new Network(0).name("many.example", many).name("panel.example", List.of("2a00::7"));
    GuardedHttpClient client =
        names.client(new AddressPolicy(() -> Network.DEFAULT, surroundings(names)));

    assertThatThrownBy(() -> client.get("http://many.example/")).isInstanceOf(FetchException.class);

    assertThat(names.attempts()).hasSize(16);
    assertThat(names.lookups()).containsExactly("many.example", "panel.example");
  }

  @Test
  void addressesAreWrittenAsPeopleWriteThem() throws IOException {
    for (String text :
        List.of("::", "::1", "2001:db8::1", "1:0:0:2::3", "1:2:3:4:5:6:7:8", "fe80::", "1.2.3.4")) {
      assertThat(IpLiterals.text(InetAddress.ofLiteral(text))).isEqualTo(text);
    }
    assertThat(IpLiterals.text(IpLiterals.version6("1:0:2:0:0:3:0:0"))).isEqualTo("1:0:2::3:0:0");
    assertThatThrownBy(() -> IpRange.parse("10.0.0.0/33"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> IpRange.parse("example.com/8"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
