package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Proves("CF-04")
class ClientAddressTest {
  private static final AddressRanges TRUSTED =
      AddressRanges.parse(List.of("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"));
  private static final NodeToken TOKEN = new NodeToken("secret");

  private static String resolve(String peer, HttpHeaders headers) {
    InetAddress address = IpAddresses.parse(peer).orElseThrow();
    return IpAddresses.text(ClientAddress.of(address, headers, TRUSTED, TOKEN));
  }

  private static HttpHeaders headers(String name, String value) {
    return new DefaultHttpHeaders().add(name, value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // peer | X-Forwarded-For | expected
        "10.1.2.3 | 198.51.100.9 | 198.51.100.9",
        "10.1.2.3 | 203.0.113.1, 198.51.100.9 | 198.51.100.9",
        "10.1.2.3 | 203.0.113.1, 198.51.100.9, 10.9.9.9 | 198.51.100.9",
        "10.1.2.3 | 198.51.100.9,10.0.0.1,2001:db8::5 | 198.51.100.9",
        "10.1.2.3 | 10.0.0.1 | 10.1.2.3",
        "10.1.2.3 | 203.0.113.1, nonsense | 10.1.2.3",
        "10.1.2.3 | 203.0.113.1, | 10.1.2.3",
        "10.1.2.3 | 203.0.113.1:443 | 10.1.2.3",
        "10.1.2.3 | [2001:db9::1]:443 | 10.1.2.3",
        "10.1.2.3 | fe80::1%eth0 | 10.1.2.3",
        "10.1.2.3 | 2001:DB9:0::1 | 2001:db9::1",
        "10.1.2.3 | ::ffff:203.0.113.1 | 203.0.113.1",
        "2001:db8::1 | 203.0.113.1 | 203.0.113.1",
        "192.0.2.7 | 203.0.113.1 | 203.0.113.1",
        "192.0.2.8 | 203.0.113.1 | 192.0.2.8",
        "::ffff:10.1.2.3 | 203.0.113.1 | 203.0.113.1",
        "203.0.113.250 | 10.0.0.1 | 203.0.113.250"
      })
  void forwardedForIsWalkedFromTheRight(String peer, String forwarded, String expected) {
    assertThat(resolve(peer, headers("X-Forwarded-For", forwarded))).isEqualTo(expected);
  }

  @Test
  void repeatedHeadersAreOneList() {
    HttpHeaders headers =
        new DefaultHttpHeaders()
            .add("X-Forwarded-For", "203.0.113.1")
            .add("X-Forwarded-For", "10.0.0.1");

    assertThat(resolve("10.1.2.3", headers)).isEqualTo("203.0.113.1");
  }

  @Test
  void realIpCountsOnlyFromTrustedPeersAndWithoutForwardedFor() {
    HttpHeaders real = headers("X-Real-IP", "203.0.113.1");
    HttpHeaders both = headers("X-Real-IP", "203.0.113.1").add("X-Forwarded-For", "bad");

    assertThat(resolve("10.1.2.3", real)).isEqualTo("203.0.113.1");
    assertThat(resolve("198.51.100.1", real)).isEqualTo("198.51.100.1");
    assertThat(resolve("10.1.2.3", headers("X-Real-IP", "nonsense"))).isEqualTo("10.1.2.3");
    assertThat(resolve("10.1.2.3", both)).isEqualTo("10.1.2.3");
  }

  @Test
  void theNodeTokenMakesAnyPeerTrusted() {
    HttpHeaders right = headers("X-Real-IP", "203.0.113.1").add("X-Real-Ip-Token", "secret");
    HttpHeaders wrong = headers("X-Real-IP", "203.0.113.1").add("X-Real-Ip-Token", "secre");

    assertThat(resolve("198.51.100.1", right)).isEqualTo("203.0.113.1");
    assertThat(resolve("198.51.100.1", wrong)).isEqualTo("198.51.100.1");
  }

  @Test
  void anEmptyNodeTokenTrustsNobody() {
    HttpHeaders empty = headers("X-Real-IP", "203.0.113.1").add("X-Real-Ip-Token", "");
    InetAddress peer = IpAddresses.parse("198.51.100.1").orElseThrow();

    assertThat(ClientAddress.of(peer, empty, TRUSTED, new NodeToken(""))).isEqualTo(peer);
  }

  @Test
  void rangesOutsideOfTheirFamilyAreRefused() {
    for (String bad : List.of("10.0.0.0/33", "::/129", "10.0.0/8", "host/8", "10.0.0.0/-1")) {
      assertThatThrownBy(() -> AddressRanges.parse(List.of(bad)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad);
    }
  }
}
