package dev.wings.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.testing.FakeServer;
import dev.wings.fs.limiter.DiskLimiter;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.ServerDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrateDiskLimiterTest {
  private static final List<ServerDefinition> SERVERS =
      List.of(
          FakeServer.definition(new UUID(1, 1), "one"),
          FakeServer.definition(new UUID(1, 2), "two"));

  @TempDir private Path directory;
  private Path data;
  private TestHost host;
  private Path config;
  private final FakeLimiter limiter = new FakeLimiter();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// Its volumes are ordinary directories that it made.
  private static final class FakeLimiter implements DiskLimiter {
    final Set<UUID> made = new HashSet<>();
    final Map<UUID, Long> limits = new HashMap<>();
    boolean refusing;

    @Override
    public DiskLimiterMode mode() {
      return DiskLimiterMode.BTRFS_SUBVOLUME;
    }

    @Override
    public boolean enforces() {
      return true;
    }

    @Override
    public void check() {}

    @Override
    public void setup(ServerDirectory place, Runnable alive) throws IOException {
      if (refusing) {
        throw new IOException("no subvolume can be made");
      }
      Files.createDirectory(place.path());
      made.add(place.server());
    }

    @Override
    public boolean holds(ServerDirectory place) {
      return made.contains(place.server());
    }

    @Override
    public void limit(ServerDirectory place, long bytes) {
      limits.put(place.server(), bytes);
    }

    @Override
    public Map<UUID, Long> usage(Collection<ServerDirectory> directories) {
      return Map.of();
    }

    @Override
    public void destroy(ServerDirectory place, Runnable alive) {
      made.remove(place.server());
    }
  }

  @BeforeEach
  void setUp() throws IOException {
    data = Files.createDirectory(directory.resolve("volumes"));
    host = new TestHost(directory);
    config =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            uuid: 11111111-2222-3333-4444-555555555555
            token_id: id
            token: token-0123456789-0123456789
            remote: http://127.0.0.1:1
            system: { root_directory: %1$s, data: %1$s/volumes }
            """
                .formatted(directory));
  }

  private int command(String... arguments) {
    List<String> all =
        new java.util.ArrayList<>(List.of("--config", config.toString(), "migrate-disk-limiter"));
    all.addAll(List.of(arguments));
    return host.run(all.toArray(String[]::new));
  }

  private int migrate(boolean dryRun, List<ServerDefinition> known, UUID... only)
      throws IOException {
    return new LimiterMigrationRun(
            new LimiterMigration(limiter, data),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            dryRun)
        .run(known, Set.of(only));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private Path volume(ServerDefinition server) throws IOException {
    Path volume = Files.createDirectory(data.resolve(server.uuid().toString()));
    Files.writeString(volume.resolve("file"), "content");
    return volume;
  }

  @Test
  void serversAreMigratedWithTheirLimitsAndCounted() throws IOException {
    ServerDefinition plain = SERVERS.get(0);
    ServerDefinition missing = SERVERS.get(1);
    Path volume = volume(plain);

    assertThat(migrate(false, List.of(plain, missing))).isZero();

    assertThat(volume.resolve("file")).hasContent("content");
    assertThat(data.resolve(plain.uuid() + ".migrating")).doesNotExist();
    assertThat(limiter.limits)
        .isEqualTo(Map.of(plain.uuid(), plain.settings().build().diskSpace() << 20));
    assertThat(said())
        .contains("migrated  " + plain.uuid())
        .contains("skipped   " + missing.uuid() + ": has no directory")
        .endsWith("1 migrated, 1 skipped, 0 failed\n");
    assertThat(migrate(false, List.of(plain))).isZero();
    assertThat(said()).contains("is migrated already");
  }

  @Test
  void aDryRunChangesNothing() throws IOException {
    Path volume = volume(SERVERS.get(0));
    Object inode = Files.getAttribute(volume, "unix:ino");

    assertThat(migrate(true, SERVERS)).isZero();

    assertThat(Files.getAttribute(volume, "unix:ino")).isEqualTo(inode);
    assertThat(limiter.made).isEmpty();
    assertThat(said()).endsWith("1 would be migrated, 1 skipped, 0 failed\n");
  }

  @Test
  void aFailureIsRolledBackAndShowsInTheStatus() throws IOException {
    Path volume = volume(SERVERS.get(0));
    limiter.refusing = true;

    assertThat(migrate(false, SERVERS)).isEqualTo(1);

    assertThat(volume.resolve("file")).hasContent("content");
    assertThat(data.resolve(SERVERS.get(0).uuid() + ".migrating")).doesNotExist();
    assertThat(said())
        .contains("no subvolume can be made; it is as it was")
        .endsWith("0 migrated, 1 skipped, 1 failed\n");
  }

  @Test
  void onlyNamedServersAreTouchedAndUnknownOnesFail() throws IOException {
    volume(SERVERS.get(0));
    UUID unknown = UUID.randomUUID();

    assertThat(migrate(false, SERVERS, unknown)).isEqualTo(1);

    assertThat(limiter.made).isEmpty();
    assertThat(said()).contains("failed    " + unknown);
  }

  @Test
  void aModeThatNeedsNoMigrationIsRefused() {
    assertThat(command()).isEqualTo(1);
    assertThat(host.err()).contains("system.disk_limiter_mode is none").contains("--mode");
  }

  @Test
  void anUnknownModeIsAWrongArgument() {
    assertThat(command("--mode", "xfs")).isEqualTo(2);
    assertThat(host.err()).contains("btrfs-subvolume");
  }

  @Test
  void aFileSystemThatDoesNotFitIsNamedBeforeAnythingElse() {
    assertThat(command("--mode", "zfs", "--yes")).isEqualTo(1);
    assertThat(host.err()).contains("zfs_dataset needs").contains(data.toString());
    assertThat(host.questions).isEmpty();
  }
}
