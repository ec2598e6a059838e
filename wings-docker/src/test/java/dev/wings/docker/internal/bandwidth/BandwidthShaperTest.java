package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.WingsException;
import dev.wings.docker.internal.bandwidth.BandwidthShaper.Target;
import dev.wings.docker.internal.stats.ControlGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a node must have, with programs and a `/proc` of the test.
class BandwidthShaperTest {
  private static final BandwidthLimits LIMITS = new BandwidthLimits(8_000_000, 0);
  private static final String ALL = "000001ffffffffff";

  @TempDir Path proc;
  @TempDir Path programs;

  @BeforeEach
  void makeHost() throws IOException {
    for (String name : List.of("ip", "tc", "nsenter", "unshare")) {
      program(name, "cat > /dev/null");
    }
    capabilities(ALL);
  }

  private void program(String name, String script) throws IOException {
    Path file = programs.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void capabilities(String effective) throws IOException {
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("self/status"), "Name:\tjava\nCapEff:\t" + effective + "\n");
  }

  private BandwidthShaper shaper(boolean rootless) {
    return new BandwidthShaper(new ControlGroup(proc, proc), rootless, programs.toString());
  }

  private String refusal(BandwidthShaper shaper) {
    try {
      shaper.require(LIMITS, "bridge");
    } catch (WingsException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "";
  }

  @Test
  void aNodeWithEverythingIsReady() throws Exception {
    BandwidthShaper shaper = shaper(false);
    assertThat(shaper.obstacle()).contains("not examined yet");

    shaper.examine();

    assertThat(shaper.obstacle()).isEmpty();
    shaper.require(LIMITS, "bridge");
  }

  @Test
  void namesMissingProgramsAndFindsThemLater() throws Exception {
    Files.delete(programs.resolve("tc"));
    Files.delete(programs.resolve("nsenter"));
    BandwidthShaper shaper = shaper(false);

    assertThat(refusal(shaper))
        .contains("missing programs: tc (package iproute2), nsenter (package util-linux)")
        .contains("docker.bandwidth.enabled: false");
    assertThat(shaper.obstacle()).hasValueSatisfying(text -> assertThat(text).contains("missing"));

    program("tc", "cat > /dev/null");
    program("nsenter", "cat > /dev/null");
    assertThat(refusal(shaper)).isEmpty();
    assertThat(shaper.obstacle()).isEmpty();
  }

  @Test
  void namesMissingCapabilities() throws Exception {
    capabilities("0000000000001000");

    assertThat(refusal(shaper(false))).contains("the daemon lacks CAP_SYS_ADMIN;");
    assertThat(refusal(shaper(true))).isEmpty(); // has what it needs in the user namespace
  }

  @ParameterizedTest
  @CsvSource({
    "tbf, CONFIG_NET_SCH_TBF",
    "ifb, CONFIG_IFB",
    "mirred, CONFIG_NET_ACT_MIRRED",
    "link show, network namespaces cannot be made"
  })
  void namesMissingPartsOfTheKernel(String part, String named) throws Exception {
    program(
        "unshare",
        "case \"$(cat)\" in *'" + part + "'*) echo 'Error: unknown.' >&2; exit 2;; esac");

    assertThat(refusal(shaper(false))).contains(named).contains("Error: unknown.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fq_codel", "matchall"})
  void canDoWithoutTheNewerPartsOfTheKernel(String part) throws Exception {
    program("unshare", "case \"$(cat)\" in *" + part + "*) exit 2;; esac");

    assertThat(refusal(shaper(false))).isEmpty();
  }

  @Test
  void rootlessNodesNeedUserNamespaces() throws Exception {
    program("unshare", "[ \"$1\" = --user ] && { echo 'Operation not permitted' >&2; exit 1; }");

    assertThat(refusal(shaper(true)))
        .contains("user namespaces are not allowed")
        .contains("Operation not permitted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "none", "container:abc"})
  void aContainerWithoutANetworkOfItsOwnCannotBeLimited(String mode) throws Exception {
    BandwidthShaper shaper = shaper(false);

    assertThatThrownBy(() -> shaper.require(LIMITS, mode))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("network mode is " + mode);
    assertThatThrownBy(() -> shaper.apply(new Target("id", 1, mode), LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("network mode is " + mode);
    shaper.require(BandwidthLimits.NONE, mode);
    shaper.apply(new Target("id", 1, mode), BandwidthLimits.NONE); // touches nothing
  }

  @Test
  void aProcessThatIsGoneIsNamed() {
    assertThatThrownBy(() -> shaper(false).apply(new Target("id", 1, "bridge"), LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not visible");
  }

  @Test
  void aNumberThatBelongsToAnotherProcessIsNoticed() throws Exception {
    Path process = Files.createDirectories(proc.resolve("77/ns"));
    Files.createFile(process.resolve("net"));
    Files.writeString(proc.resolve("77/cgroup"), "0::/system.slice/sshd.service\n");

    assertThatThrownBy(() -> shaper(false).apply(new Target("abcdef", 77, "bridge"), LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("control group");
  }
}
