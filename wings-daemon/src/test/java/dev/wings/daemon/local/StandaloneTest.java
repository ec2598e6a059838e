package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.WingsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandaloneTest {
  @TempDir Path parent;

  @Test
  void aFreshDirectoryGetsAConfigurationOfItsOwn() throws IOException {
    Path home = parent.resolve("node");

    Standalone.prepare(home, new Random(1));

    assertThat(home.resolve("servers")).isDirectory();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("config.yml"))))
        .isEqualTo("rw-------");
    ConfigStore store = ConfigStore.open(Standalone.config(home), Map.of());
    WingsConfig config = store.current();
    assertThat(config.token()).hasSize(64).matches("[A-Za-z0-9]+");
    assertThat(config.tokenId()).hasSize(16);
    assertThat(config.api().host()).as("nobody else may reach it").isEqualTo("127.0.0.1");
    assertThat(config.system().rootDirectory())
        .isEqualTo(home.toRealPath().resolve("data").toString());
  }

  @Test
  void anExistingConfigurationIsLeftAlone() throws IOException {
    Files.writeString(parent.resolve("config.yml"), "mine: true\n");

    Standalone.prepare(parent, new Random(1));

    assertThat(parent.resolve("config.yml")).hasContent("mine: true\n");
  }
}
