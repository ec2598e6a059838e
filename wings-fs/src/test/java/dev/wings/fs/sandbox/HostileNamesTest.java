package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Canary;
import dev.wings.core.testing.HostilePaths;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.linux.DeniedOpenat2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The table of hostile names against every verb.
class HostileNamesTest {
  @TempDir private Path directory;

  /// A few levels down: a name that climbs too far still ends in the temporary directory.
  private Path host;

  @BeforeEach
  void nest() throws IOException {
    host = Files.createDirectories(directory.resolve("a/b/c/host"));
  }

  @Test
  void tableIsLargeEnough() throws IOException {
    assertThat(HostilePaths.names(new Canary(host, host.resolve("volume")), NameCodec::decode))
        .hasSizeGreaterThanOrEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(SandboxMode.class)
  @Proves({"FS-01", "FS-04", "FS-05"})
  void noNameAndNoVerbReachesTheCanary(SandboxMode mode) throws IOException {
    Path volume = Files.createDirectory(host.resolve("volume"));
    Canary canary = new Canary(host, volume);

    try (Sandbox sandbox = Sandbox.open(volume, SandboxOptions.defaults().withMode(mode))) {
      HostileNames.Outcome outcome = new HostileNames(volume, canary, sandbox).run();

      assertThat(outcome.leaks()).isEmpty();
      assertThat(outcome.attempts()).isGreaterThan(200 * 25);
      assertThat(outcome.failures()).isGreaterThan(outcome.attempts() / 4);
    }
    assertThat(canary.snapshot()).isEqualTo(canary.before());
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1 /* EPERM */, 38 /* ENOSYS */})
  @Proves("FS-01")
  void componentWalkTakesOverWhenAFilterDeniesOpenat2(int errno) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dsun.jnu.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                host.toString(),
                String.valueOf(errno))
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("mode COMPONENT_WALK", "openat2 alone refused", "canary unchanged");
    assertThat(child.exitValue()).isZero();
  }

  /// Runs the table in a process that may not call openat2.
  static final class Child {
    private Child() {}

    @SuppressWarnings("SystemOut") // its output is its result
    public static void main(String[] arguments) throws IOException {
      Path host = Path.of(arguments[0]);
      DeniedOpenat2.install(Integer.parseInt(arguments[1]));
      Path volume = Files.createDirectory(host.resolve("volume"));
      Canary canary = new Canary(host, volume);
      try (Sandbox sandbox = Sandbox.open(volume)) {
        System.out.println("mode " + sandbox.mode());
        HostileNames.Outcome outcome = new HostileNames(volume, canary, sandbox).run();
        if (!outcome.leaks().isEmpty()) {
          throw new IllegalStateException("leaks: " + outcome.leaks());
        }
      }
      try (Sandbox refused =
          Sandbox.open(volume, SandboxOptions.defaults().withMode(SandboxMode.OPENAT2))) {
        throw new IllegalStateException("opened: " + refused);
      } catch (IOException expected) {
        System.out.println("openat2 alone refused: " + expected.getMessage());
      }
      if (canary.snapshot().equals(canary.before())) {
        System.out.println("canary unchanged");
      }
    }
  }
}
