package dev.wings.daemon.pairing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairingCodeTest {
  private final List<String> shown = new ArrayList<>();
  private final PairingCode code = new PairingCode(new Random(1), shown::add);

  private String current() {
    return shown.getLast().replace("-", "");
  }

  private boolean verify(String withCode) {
    byte[] body = "{}".getBytes(UTF_8);
    return code.verify(
        "POST", "/setup/probe", body, PairingCode.sign(withCode, "POST", "/setup/probe", body));
  }

  @Test
  void signsAsTheDocumentsKnownAnswer() {
    assertThat(
            PairingCode.sign(
                "ABCD2345", "POST", "/setup/enroll", "{\"code\":\"x\"}".getBytes(UTF_8)))
        .isEqualTo("f1e766580abcfd6257d8ef54c8cd7d09e3a01132dead1deb853b3a2fdb1dc307");
  }

  @Test
  void isShownInTwoGroupsOfUnmistakableLetters() {
    assertThat(shown).hasSize(1);
    assertThat(shown.getFirst()).matches("[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}");
  }

  @Test
  void acceptsHexadecimalDigitsOfEitherCase() {
    byte[] body = {};
    String signature = PairingCode.sign(current(), "POST", "/setup/probe", body);

    assertThat(code.verify("POST", "/setup/probe", body, signature.toUpperCase(Locale.ROOT)))
        .isTrue();
    assertThat(code.verify("POST", "/setup/enroll", body, signature)).isFalse();
  }

  @Test
  @Proves("TK-06")
  void isReplacedAfterFiveFailuresThatASuccessDoesNotForgive() {
    String first = current();
    for (int i = 0; i < 4; i++) {
      assertThat(verify("WRONG234")).isFalse();
    }
    assertThat(verify(first)).isTrue();

    assertThat(verify("WRONG234")).isFalse();

    assertThat(shown).hasSize(2);
    assertThat(verify(first)).isFalse();
    assertThat(verify(current())).isTrue();
  }
}
