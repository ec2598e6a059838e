package dev.wings.core.permission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.permission.LivePermissions.Admission;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LivePermissionsTest {
  private static final long NOW = 1_795_430_000L;
  private static final UUID USER = UUID.randomUUID();
  private static final PermissionSet TOKEN = PermissionSet.parse(List.of("control.console"));
  private static final PermissionSet LOGIN = PermissionSet.parse(List.of("file.sftp"));

  private final ManualClock time = ManualClock.atSecond(NOW);
  private final LivePermissions live = new LivePermissions(time, time::nanos);

  private PermissionSet current() {
    return live.find(USER).orElseThrow().permissions();
  }

  @Test
  void aTokenFillsTheEntry() {
    assertThat(live.find(USER)).isEmpty();

    assertThat(live.admit(USER, TOKEN, List.of("*.secret"), NOW)).isEqualTo(Admission.REPLACED);

    assertThat(live.find(USER)).contains(new LivePermissions.Entry(TOKEN, List.of("*.secret")));
  }

  @Test
  @Proves("WS-02")
  void tokensIssuedUpToThePushAreStale() {
    live.push(USER, List.of("control.start"), List.of("a"));

    assertThat(live.admit(USER, TOKEN, null, NOW - 1)).isEqualTo(Admission.STALE);
    assertThat(live.admit(USER, TOKEN, null, NOW)).isEqualTo(Admission.STALE);
    assertThat(current().wireNames()).containsExactly("control.start");
    assertThat(live.admit(USER, TOKEN, null, NOW + 1)).isEqualTo(Admission.REPLACED);
    assertThat(live.find(USER)).contains(new LivePermissions.Entry(TOKEN, List.of("a")));
  }

  @Test
  @Proves("SF-03")
  void aLoginThatWasUnderWayDuringARevocationBringsNothingBack() {
    long asked = live.moment();
    live.revoke(USER);
    assertThat(live.fetched(USER, LOGIN, List.of(), asked)).isFalse();
    assertThat(live.allows(USER, Permission.FILE_SFTP)).isFalse();

    time.advance(Duration.ofMillis(1));
    assertThat(live.fetched(USER, LOGIN, List.of(), live.moment())).isTrue();
    assertThat(live.allows(USER, Permission.FILE_SFTP)).isTrue();
  }

  @Test
  void aLoginKeepsItsPermissionsAgainstOlderTokens() {
    live.fetched(USER, LOGIN, List.of());

    assertThat(live.admit(USER, TOKEN, null, NOW)).isEqualTo(Admission.KEPT);
    assertThat(current()).isEqualTo(LOGIN);
    assertThat(live.admit(USER, TOKEN, null, NOW + 1)).isEqualTo(Admission.REPLACED);
    assertThat(current()).isEqualTo(TOKEN);
  }

  @Test
  void aLoginStampWithoutAnEntryDoesNotHoldBackATokenThatIsNewerThanTheRevocation() {
    time.advance(Duration.ofSeconds(10));
    live.fetched(USER, LOGIN, List.of());
    time.step(Duration.ofSeconds(-5));
    live.revoke(USER);

    assertThat(live.admit(USER, TOKEN, null, NOW + 5)).isEqualTo(Admission.STALE);
    assertThat(live.admit(USER, TOKEN, null, NOW + 6)).isEqualTo(Admission.REPLACED);
  }

  @Test
  @Proves("WS-02")
  void anEmptyPushRevokesAndTellsTheListeners() {
    List<UUID> revoked = new ArrayList<>();
    LivePermissions.Subscription subscription = live.onRevocation(revoked::add);
    live.admit(USER, TOKEN, null, NOW);

    live.push(USER, List.of(), List.of());

    assertThat(live.find(USER)).isEmpty();
    assertThat(revoked).containsExactly(USER);
    assertThat(live.admit(USER, TOKEN, null, NOW)).isEqualTo(Admission.STALE);
    assertThat(live.find(USER)).isEmpty();
    subscription.close();
    live.revoke(USER);
    assertThat(revoked).hasSize(1);
  }

  @Test
  void aListenerThatThrowsDoesNotKeepTheOthersFromHearing() {
    List<UUID> revoked = new ArrayList<>();
    live.onRevocation(_ -> {
      throw new IllegalStateException("planned");
    });
    live.onRevocation(revoked::add);

    live.revoke(USER);

    assertThat(revoked).containsExactly(USER);
  }

  @Test
  void aPushWithOnlyUnknownNamesIsNotARevocation() {
    List<UUID> revoked = new ArrayList<>();
    live.onRevocation(revoked::add);

    live.push(USER, List.of("files.query-raw"), List.of());

    assertThat(revoked).isEmpty();
    assertThat(current().isEmpty()).isTrue();
  }

  @Test
  void usersAreForgottenAfterADayWithoutUse() {
    UUID other = UUID.randomUUID();
    live.admit(USER, TOKEN, null, NOW);
    live.admit(other, TOKEN, null, NOW);
    time.advance(Duration.ofHours(23));
    assertThat(live.find(USER)).isPresent();
    time.advance(Duration.ofHours(2));
    live.push(UUID.randomUUID(), List.of("*"), List.of());

    assertThat(live.find(USER)).isPresent();
    assertThat(live.find(other)).isEmpty();
  }
}
