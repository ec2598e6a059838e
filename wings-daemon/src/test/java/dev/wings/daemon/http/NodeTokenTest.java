package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeTokenTest {
  private final NodeToken token = new NodeToken("abc123");

  @Test
  void theConfiguredTokenIsAccepted() {
    assertThat(token.refusal("Bearer abc123")).isNull();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "abc123",
        "bearer abc123",
        "BEARER abc123",
        "Basic abc123",
        " Bearer abc123",
        "Bearer\tabc123",
        "Bearér abc123"
      })
  void otherFormsAreAnInvalidHeader(String header) {
    assertThat(token.refusal(header)).isEqualTo("invalid authorization header");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer ",
        "Bearer abc12",
        "Bearer abc1234",
        "Bearer abc123 ",
        "Bearer  abc123",
        "Bearer ABC123",
        "Bearer abc123,"
      })
  void otherTokensAreInvalidWithoutTrimming(String header) {
    assertThat(token.refusal(header)).isEqualTo("invalid authorization token");
  }

  @Test
  void nothingIsAcceptedWhileNoTokenIsConfigured() {
    assertThat(new NodeToken("").refusal("Bearer ")).isEqualTo("invalid authorization token");
    assertThat(new NodeToken("").matches("")).isFalse();
  }

  @Test
  @Proves("TK-06")
  void tokensAreComparedAsDigestsUnderAKeyOfThisObject() throws ReflectiveOperationException {
    NodeToken other = new NodeToken("abc123");
    var digest = NodeToken.class.getDeclaredField("digest");
    digest.setAccessible(true);

    assertThat((byte[]) digest.get(token)).hasSize(32).isNotEqualTo(digest.get(other));
    assertThat(token).isNotEqualTo(other);
    assertThat(token.toString()).doesNotContain("abc123");
    assertThat(NodeToken.sameConstantTime("abc", "abc")).isTrue();
    assertThat(NodeToken.sameConstantTime("abc", "abd")).isFalse();
    assertThat(NodeToken.sameConstantTime("abc", "ab")).isFalse();
    assertThat(NodeToken.sameConstantTime("", "a")).isFalse();
  }
}
