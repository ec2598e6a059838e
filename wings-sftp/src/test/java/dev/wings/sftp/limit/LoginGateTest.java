package dev.wings.sftp.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.limit.LoginGate.Method;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class LoginGateTest {
  private static final String ACCOUNT = "alice.0a1b2c3d";
  private static final int PANEL_ALLOWS = 60;

  private long now = 5_000_000_000L;
  private SftpLimits limits = SftpLimits.DEFAULT;
  private final LoginGate gate = new LoginGate(() -> limits, () -> now);

  /// What became of one attempt.
  private final class Try {
    boolean asked;
    boolean refused;
    long askedAt;
    private final Optional<LoginGate.Attempt> attempt;

    Try(InetAddress from, String account, Method method) {
      attempt = gate.begin(from, account, method);
      attempt.ifPresent(a ->
          a.ask(
              () -> {
                asked = true;
                askedAt = now;
              },
              () -> refused = true));
    }

    boolean disconnected() {
      return attempt.isEmpty();
    }

    LoginGate.Attempt get() {
      return attempt.orElseThrow();
    }
  }

  private Try password(InetAddress from, String account) {
    return new Try(from, account, Method.PASSWORD);
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(
          new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private void pass(Duration time) {
    now += time.toNanos();
    gate.tick();
  }

  @Proves("SF-01")
  @ParameterizedTest
  @CsvSource({
    "1,few",
    "100,few",
    "1000,few",
    "1,many",
    "100,many",
    "1000,many",
    "1000,owner",
    "100,owner"
  })
  void aGoodLoginBesideTenThousandAttemptsIsAskedWithinTwoSeconds(int addresses, String accounts) {
    Random random = new Random(4711);
    List<Long> questions = new ArrayList<>();
    List<Try> open = new ArrayList<>();
    attack(0, 6_000, addresses, accounts, random, open, questions);

    Try good = password(address(9_999_999), ACCOUNT); // nobody knows address or account
    long goodSince = now;
    attack(6_000, 10_000, addresses, accounts, random, open, questions);

    assertThat(good.asked).isTrue();
    assertThat(good.askedAt - goodSince).isLessThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
    questions.add(good.askedAt);
    questions.sort(null);
    assertThat(mostIn(questions, Duration.ofSeconds(30))).isLessThan(PANEL_ALLOWS);
  }

  private void attack(
      int from,
      int to,
      int addresses,
      String accounts,
      Random random,
      List<Try> open,
      List<Long> questions) {
    for (int i = from; i < to; i++) {
      String account =
          switch (accounts) {
            case "few" -> "user" + random.nextInt(5) + ".00000000";
            case "owner" -> ACCOUNT;
            default -> "user" + i + ".00000000";
          };
      open.add(password(address(i % addresses), account));
      pass(Duration.ofMillis(2));
      settle(open, questions);
    }
  }

  @Proves("SF-01")
  @Test
  void whoLoggedInBeforeIsAskedAtOnceHoweverManyAttackTheAccount() {
    password(address(1), ACCOUNT).get().succeeded();
    List<Try> open = new ArrayList<>();
    List<Long> questions = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      open.add(password(address(1000 + i), ACCOUNT));
      pass(Duration.ofMillis(1));
      settle(open, questions);
    }

    Try owner = password(address(1), ACCOUNT);

    assertThat(owner.asked).isTrue();
    assertThat(owner.askedAt).isEqualTo(now);
  }

  private void settle(List<Try> open, List<Long> questions) {
    open.removeIf(one -> {
      if (one.disconnected()) {
        return true;
      }
      if (one.asked) {
        questions.add(one.askedAt);
        one.get().failed();
      } else if (one.refused) {
        one.get().unanswered();
      }
      return one.asked || one.refused;
    });
  }

  private static int mostIn(List<Long> times, Duration window) {
    int most = 0;
    int from = 0;
    for (int i = 0; i < times.size(); i++) {
      while (times.get(i) - times.get(from) >= window.toNanos()) {
        from++;
      }
      most = Math.max(most, i - from + 1);
    }
    return most;
  }

  @Test
  void theFourthPasswordOfAnAddressEndsItsConnection() {
    for (int i = 0; i < 3; i++) {
      Try wrong = password(address(1), "user" + i + ".00000000");
      assertThat(wrong.disconnected()).isFalse();
      wrong.get().failed();
    }

    assertThat(password(address(1), ACCOUNT).disconnected()).isTrue();
    assertThat(password(address(2), ACCOUNT).disconnected()).isFalse();
  }

  @Test
  void keysHaveALargerBudgetOfTheirOwn() {
    exhaustPasswords(address(1));

    for (int i = 0; i < 20; i++) {
      Try key = new Try(address(1), ACCOUNT, Method.KEY);
      assertThat(key.disconnected()).isFalse();
      key.get().failed();
    }

    assertThat(new Try(address(1), ACCOUNT, Method.KEY).disconnected()).isTrue();
  }

  private void exhaustPasswords(InetAddress address) {
    for (int i = 0; i < 3; i++) {
      password(address, ACCOUNT).get().failed();
    }
    assertThat(password(address, ACCOUNT).disconnected()).isTrue();
  }

  @Test
  void attemptsAreForgottenSomeTimeAfterTheLastOne() {
    exhaustPasswords(address(1));

    pass(Duration.ofSeconds(59));
    assertThat(password(address(1), ACCOUNT).disconnected()).isTrue(); // and begins anew
    pass(Duration.ofSeconds(59));
    assertThat(password(address(1), ACCOUNT).disconnected()).isTrue();
    pass(Duration.ofSeconds(61));

    assertThat(password(address(1), ACCOUNT).disconnected()).isFalse();
  }

  @Proves("SF-01")
  @Test
  void whoComesBackToFailAgainHasToStayAwayLonger() {
    exhaustPasswords(address(1));
    pass(Duration.ofSeconds(61));
    exhaustPasswords(address(1));
    pass(Duration.ofSeconds(61));

    assertThat(password(address(1), ACCOUNT).disconnected()).isTrue();
    pass(Duration.ofSeconds(121));
    assertThat(password(address(1), ACCOUNT).disconnected()).isFalse();
  }

  @Test
  void successesAreNotCounted() {
    for (int i = 0; i < 50; i++) {
      Try good = password(address(1), ACCOUNT);
      assertThat(good.disconnected()).isFalse();
      good.get().succeeded();
    }
  }

  @Proves("SF-01")
  @Test
  void whatNobodyCouldAnswerIsNotCounted() {
    for (int i = 0; i < 50; i++) {
      Try unlucky = password(address(1), ACCOUNT);
      assertThat(unlucky.disconnected()).isFalse();
      unlucky.get().unavailable();
      pass(Duration.ofMillis(100));
    }
  }

  @Test
  void withoutCooldownNothingIsCounted() {
    limits = new SftpLimits(false, true, 3, 20, Duration.ZERO, 10, 10, 32, 1024, 20_000, 500);

    for (int i = 0; i < 50; i++) {
      Try wrong = password(address(1), ACCOUNT);
      assertThat(wrong.disconnected()).isFalse();
      wrong.get().failed();
    }
    assertThat(gate.hopeless(address(1))).isFalse();
  }

  @Test
  void anAddressIsHopelessWhenNeitherPasswordsNorKeysAreLeft() {
    exhaustPasswords(address(1));
    assertThat(gate.hopeless(address(1))).isFalse();
    for (int i = 0; i < 21; i++) {
      gate.begin(address(1), ACCOUNT, Method.KEY).ifPresent(LoginGate.Attempt::failed);
    }

    assertThat(gate.hopeless(address(1))).isTrue();
    assertThat(gate.hopeless(address(2))).isFalse();
    pass(Duration.ofSeconds(61));
    assertThat(gate.hopeless(address(1))).isFalse();
  }

  @Test
  void theAddressesOfOneIpv6NetworkCountTogether() throws UnknownHostException {
    for (int i = 0; i < 3; i++) {
      password(InetAddress.getByName("2001:db8::" + (i + 1)), ACCOUNT).get().failed();
    }

    assertThat(password(InetAddress.getByName("2001:db8::9999"), ACCOUNT).disconnected()).isTrue();
    assertThat(password(InetAddress.getByName("2001:db8:0:1::1"), ACCOUNT).disconnected())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -7_000_000_000L, Long.MAX_VALUE - 1_000_000_000L})
  void anyZeroOfTheClockWillDo(long zero) {
    now = zero;
    LoginGate fresh = new LoginGate(() -> limits, () -> now);
    for (int i = 0; i < 3; i++) {
      fresh.begin(address(1), ACCOUNT, Method.PASSWORD).orElseThrow().failed();
    }
    assertThat(fresh.begin(address(1), ACCOUNT, Method.PASSWORD)).isEmpty();
    now += Duration.ofSeconds(61).toNanos();

    assertThat(fresh.begin(address(1), ACCOUNT, Method.PASSWORD)).isPresent();
  }

  @Test
  void aQuestionThatNeverGetsItsTurnIsRefusedAndNotAsked() {
    for (int i = 0; i < 60; i++) {
      password(address(i), "u" + i + ".00000000");
    }
    Try late = password(address(100), ACCOUNT);
    late.get(); // waits
    assertThat(late.asked).isFalse();
    late.get().unanswered(); // the connection ended

    pass(Duration.ofSeconds(60));

    assertThat(late.asked).isFalse();
    assertThat(late.refused).isFalse();
  }
}
