package dev.wings.sftp.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class AdmissionsTest {
  private long now;
  private final List<String> evicted = new ArrayList<>();
  private final Admissions admissions =
      new Admissions(new Admissions.Bounds(6, 3, 10, 1), () -> now);

  private Optional<Admissions.Place> admit(int host, String name) {
    try {
      InetAddress address = InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) host});
      return admissions.admit(address, () -> evicted.add(name));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @Proves("SF-02")
  @Test
  void oneAddressHasItsShareOfPlacesOnly() {
    for (int i = 0; i < 3; i++) {
      assertThat(admit(1, "a" + i)).isPresent();
    }

    assertThat(admit(1, "one too many")).isEmpty();
    assertThat(admit(2, "other")).isPresent();
    assertThat(evicted).isEmpty();
  }

  @Proves("SF-02")
  @Test
  void aNewcomerGetsThePlaceOfWhoeverFailedBeforeOthers() {
    for (int host = 1; host <= 5; host++) {
      admit(host, "quiet " + host);
    }
    admit(6, "guesser").orElseThrow().failed();

    assertThat(admit(7, "newcomer")).isPresent();

    assertThat(evicted).containsExactly("guesser");
    assertThat(admissions.size()).isEqualTo(6);
  }

  @Test
  void withoutFailuresThoseLeaveFirstWhoHoldMostPlacesAndCameFirst() {
    for (int i = 0; i < 3; i++) {
      admit(1, "greedy " + i);
    }
    for (int host = 2; host <= 4; host++) {
      admit(host, "single " + host);
    }

    admit(5, "newcomer");

    assertThat(evicted).containsExactly("greedy 0");
  }

  @Test
  void placesComeBackWhenConnectionsEndOrLogIn() {
    Admissions.Place ended = admit(1, "a").orElseThrow();
    Admissions.Place good = admit(1, "b").orElseThrow();
    admit(1, "c");

    ended.close();
    ended.close();
    good.loggedIn();
    good.close();

    assertThat(admissions.size()).isEqualTo(1);
    assertThat(admit(1, "d")).isPresent();
    assertThat(admit(1, "e")).isPresent();
    assertThat(admit(1, "f")).isEmpty();
  }

  @Proves("SF-02")
  @Test
  void connectionsThatNeverLogInAreLimitedInTheirRate() {
    for (int i = 0; i < 10; i++) {
      admit(1, "scan").orElseThrow().close();
    }
    assertThat(admit(1, "scan")).isEmpty();

    now += 2_500_000_000L;

    admit(1, "scan").orElseThrow().close();
    admit(1, "scan").orElseThrow().close();
    assertThat(admit(1, "scan")).isEmpty();
  }

  @Test
  void loginsThatSucceedDoNotCountIntoTheRate() {
    for (int i = 0; i < 100; i++) {
      admit(1, "good").orElseThrow().loggedIn();
    }
    assertThat(evicted).isEmpty();
  }
}
