package dev.wings.docker.internal.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.DockerConfig.Registry;
import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Proves("CT-09")
class RegistryCredentialsTest {
  private static boolean sent(String key, String image) {
    return RegistryCredentials.header(image, Map.of(key, new Registry("u", "p"))).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "ghcr.io, ghcr.io/games/yolk",
    "GHCR.io, ghcr.io/games/yolk",
    "https://ghcr.io/, ghcr.io/games/yolk",
    "ghcr.io/games, ghcr.io/games/yolk",
    "ghcr.io/games/, ghcr.io/games/yolk",
    "host:5000, host:5000/img",
    "localhost, localhost/img",
    "docker.io, alpine",
    "docker.io, games/yolk",
    "https://index.docker.io/v1/, games/yolk",
    "registry-1.docker.io, docker.io/games/yolk",
    "docker.io/library, alpine",
    "games, games/yolk",
    "index.docker.io/games, docker.io/games/yolk",
  })
  void goToTheRegistryThatWasMeant(String key, String image) {
    assertThat(sent(key, image)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "ghcr.io, ghcr.io.evil.test/games/yolk",
    "ghcr.io, ghcr.iox/games/yolk",
    "ghcr.io, evil.test/ghcr.io/yolk",
    "ghcr.io, ghcr.io:5000/games/yolk",
    "ghcr.io:5000, ghcr.io/games/yolk",
    "host:5000, host:50001/img",
    "host:5000, host:500/img",
    "ghcr.io/games, ghcr.io/games-evil/yolk",
    "ghcr.io/games, ghcr.io/other/games",
    "ghcr.io/games/yolk, ghcr.io/games",
    "docker.io, docker.io.evil.test/x",
    "docker.io, ghcr.io/docker.io/x",
    "https://index.docker.io/v1/, index.docker.io.evil.test/v1/x",
    "games, games-evil/yolk",
    "docker.io/library, games/yolk",
    "ghcr.io, alpine",
    "https://internal, internal:443/x",
  })
  void neverGoToALookAlike(String key, String image) {
    assertThat(sent(key, image)).isFalse();
  }

  @Test
  void theLongestMatchWins() {
    String header =
        RegistryCredentials.header(
                "ghcr.io/games/yolk",
                Map.of(
                    "ghcr.io", new Registry("wide", "p"),
                    "ghcr.io/games", new Registry("narrow", "p"),
                    "ghcr.io/games/other", new Registry("no", "p")))
            .orElseThrow();

    assertThat(new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8))
        .contains("narrow");
  }
}
