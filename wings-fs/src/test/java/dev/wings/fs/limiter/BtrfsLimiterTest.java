package dev.wings.fs.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The output of `btrfs`, without one.
class BtrfsLimiterTest {
  private static final UUID ONE = UUID.fromString("00000001-1111-4222-8333-444444444444");
  private static final UUID TWO = UUID.fromString("00000002-1111-4222-8333-444444444444");

  @Test
  @Proves("QU-03")
  void aServerCannotNameASubvolumeLikeAnotherServerButItsOwnOnesCount(@TempDir Path host)
      throws IOException {
    Path data = Files.createDirectory(host.toRealPath().resolve("volumes"));
    Path mountinfo =
        Files.writeString(
            host.resolve("mountinfo"),
            "40 1 0:40 /@srv %s rw - btrfs /dev/sda1 rw,subvol=/@srv\n"
                .formatted(host.toRealPath()));
    RecordedCommands commands = new RecordedCommands();
    commands.answer(
        "btrfs qgroup show --raw " + data,
        """
        Qgroupid    Referenced    Exclusive   Path
        --------    ----------    ---------   ----
        0/5              16384        16384   <toplevel>
        0/256             1000         1000   @srv/volumes/%1$s
        0/257                7            7   @srv/volumes/%1$s/nested
        0/258          9000000      9000000   @srv/volumes/%1$s/volumes/%2$s
        0/259             2000         2000   @srv/volumes/%2$s
        0/260             5000         5000   backups/%2$s
        """
            .formatted(ONE, TWO));
    BtrfsLimiter limiter = new BtrfsLimiter(new DataDirectory(data, mountinfo), commands);

    Map<UUID, Long> usage =
        limiter.usage(
            List.of(
                new ServerDirectory(ONE, data.resolve(ONE.toString())),
                new ServerDirectory(TWO, data.resolve(TWO.toString()))));

    assertThat(usage).isEqualTo(Map.of(ONE, 9_001_007L, TWO, 2000L));
  }
}
