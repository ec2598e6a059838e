package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@Proves("CF-03")
class CorsTest {
  private static final String PANEL = "https://panel.example";

  private static String allowed(Cors cors, @Nullable String origin) {
    return cors.lines(origin)
        .lines()
        .filter(line -> line.startsWith("access-control-allow-origin: "))
        .map(line -> line.substring("access-control-allow-origin: ".length()))
        .findFirst()
        .orElse("");
  }

  @Test
  void onlyListedOriginsAreAllowedAndNoneIsReflected() {
    Cors cors = new Cors(PANEL, List.of("https://a.example"), false);

    assertThat(allowed(cors, null)).isEqualTo(PANEL);
    assertThat(allowed(cors, PANEL)).isEqualTo(PANEL);
    assertThat(allowed(cors, "https://a.example")).isEqualTo("https://a.example");
    assertThat(allowed(cors, "https://evil.example")).isEqualTo(PANEL);
    assertThat(allowed(cors, "https://a.example.evil.example")).isEqualTo(PANEL);
    assertThat(allowed(cors, "null")).isEqualTo(PANEL);
  }

  @Test
  void theFirstMatchingEntryIsSentAsItStands() {
    Cors cors = new Cors(PANEL, List.of("https://a.example", "*", "https://b.example"), false);

    assertThat(allowed(cors, "https://a.example")).isEqualTo("https://a.example");
    assertThat(allowed(cors, "https://b.example")).isEqualTo("*");
  }

  @Test
  void credentialsAreNeverCombinedWithTheWildcard() {
    Cors cors = new Cors(PANEL, List.of("*"), false);

    assertThat(cors.lines("https://evil.example")).doesNotContain("allow-credentials");
    assertThat(cors.lines(PANEL)).contains("access-control-allow-credentials: true\r\n");
  }

  @Test
  void privateNetworksAreNamedOnlyWhenConfigured() {
    assertThat(new Cors(PANEL, List.of(), false).lines(null)).doesNotContain("private-network");
    assertThat(new Cors(PANEL, List.of(), true).lines(null))
        .contains("access-control-request-private-network: true\r\n")
        .contains("access-control-allow-private-network: true\r\n");
  }

  @Test
  void theFixedHeadersAreThoseOfTheProtocol() {
    assertThat(new Cors(PANEL, List.of(), false).lines(null))
        .contains("access-control-allow-methods: GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS\r\n")
        .contains(
            "access-control-allow-headers: Accept, Accept-Encoding, Authorization, Cache-Control,"
                + " Content-Type, Content-Length, Origin, X-Real-IP, X-CSRF-Token, Upload-Offset,"
                + " Upload-Length, Upload-Complete\r\n")
        .contains("access-control-expose-headers: Upload-Offset\r\n")
        .contains("access-control-max-age: 7200\r\n");
  }

  @Test
  void aRemoteThatFitsNoHeaderIsNoticed() {
    Cors cors = new Cors("https://panel\r\nX-Evil: 1", List.of("bad\nentry"), false);

    assertThat(cors.remoteUsable()).isFalse();
    assertThat(cors.lines("bad\nentry")).doesNotContain("Evil").doesNotContain("bad\nentry");
  }
}
