package dev.wings.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.backup.catalog.CatalogEntry.State;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000003");
  private static final UUID SERVER = UUID.fromString("0a0a0a0a-0000-4000-8000-000000000003");
  private static final Instant NOW = Instant.parse("2026-08-01T10:00:00Z");
  private static final BackupResult RESULT =
      new BackupResult(
          "sha256", "ab".repeat(32), 1L << 40, 7, true, false, List.of(new BackupPart("\"e\"", 1)));

  @TempDir private Path host;
  private Path directory;
  private Path file;

  @BeforeEach
  void setUp() {
    directory = host.resolve("backups");
    file = directory.resolve(".catalog").resolve(BACKUP + ".json");
  }

  private static CatalogEntry creating() {
    return CatalogEntry.creating(BACKUP, SERVER, BackupAdapter.S3, NOW);
  }

  @Test
  void entriesSurviveTheProcess() throws IOException {
    Catalog catalog = Catalog.open(directory);
    CatalogEntry complete = creating().complete(RESULT, NOW.plusSeconds(5)).told();
    catalog.put(creating());
    catalog.put(complete);
    RestoreEntry restore = new RestoreEntry(SERVER, BACKUP, BackupAdapter.S3, "name", false);
    catalog.put(restore);

    Catalog again = Catalog.open(directory);

    assertThat(again.find(BACKUP)).contains(complete);
    assertThat(again.of(SERVER)).containsExactly(complete);
    assertThat(again.restores()).containsExactly(restore);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @Test
  void removedEntriesStayAway() throws IOException {
    Catalog catalog = Catalog.open(directory);
    catalog.put(creating());
    catalog.put(creating().complete(RESULT, NOW));
    catalog.put(new RestoreEntry(SERVER, BACKUP, BackupAdapter.S3, "name", true));

    catalog.remove(BACKUP);
    catalog.remove(BACKUP);
    catalog.removeRestore(SERVER);

    assertThat(catalog.all()).isEmpty();
    Catalog again = Catalog.open(directory);
    assertThat(again.all()).isEmpty();
    assertThat(again.restores()).isEmpty();
    try (Stream<Path> left = Files.list(directory.resolve(".catalog"))) {
      assertThat(left).isEmpty();
    }
  }

  enum Damage {
    TRUNCATED,
    ZEROED,
    EMPTY,
    FLIPPED,
    DUPLICATED,
    LATER_VERSION,
    DIRECTORY
  }

  private void damage(Damage damage) throws IOException {
    byte[] good = Files.readAllBytes(file);
    switch (damage) {
      case TRUNCATED ->
          Files.write(file, List.of(new String(good, 0, good.length / 2, StandardCharsets.UTF_8)));
      case ZEROED -> Files.write(file, new byte[good.length]);
      case EMPTY -> Files.write(file, new byte[0]);
      case FLIPPED -> {
        good[good.length / 2] ^= 1;
        Files.write(file, good);
      }
      case DUPLICATED -> {
        byte[] twice = new byte[2 * good.length];
        System.arraycopy(good, 0, twice, 0, good.length);
        System.arraycopy(good, 0, twice, good.length, good.length);
        Files.write(file, twice);
      }
      case LATER_VERSION ->
          Files.writeString(file, Files.readString(file).replace("\"version\":1", "\"version\":2"));
      case DIRECTORY -> {
        Files.delete(file);
        Files.createDirectories(file.resolve("below"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Proves("ST-01")
  void damagedEntryIsSetAsideAndTheOneBeforeCountsInDoubt(Damage damage) throws IOException {
    Catalog catalog = Catalog.open(directory);
    catalog.put(creating());
    catalog.put(creating().complete(RESULT, NOW));
    damage(damage);

    Catalog again = Catalog.open(directory);

    CatalogEntry found = again.find(BACKUP).orElseThrow();
    assertThat(found.state()).isEqualTo(State.CREATING);
    assertThat(found.doubtful()).isTrue();
    assertThat(file).doesNotExist();
    assertThat(file.resolveSibling(file.getFileName() + ".damaged")).exists();
    again.put(creating().complete(RESULT, NOW));
    assertThat(Catalog.open(directory).find(BACKUP).orElseThrow().doubtful()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  @Proves("ST-01")
  void damagedEntryWithoutAnotherIsSetAsideAndForgotten(Damage damage) throws IOException {
    Catalog.open(directory).put(creating());
    damage(damage);

    Catalog again = Catalog.open(directory);

    assertThat(again.all()).isEmpty();
    again.put(creating());
    assertThat(Catalog.open(directory).find(BACKUP)).contains(creating());
  }

  @Test
  @Proves("ST-01")
  void anySingleBitThatFlipsIsNoticed() throws IOException {
    Catalog.open(directory).put(creating());
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length - 1)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bad);

      Optional<CatalogEntry> read = Catalog.open(directory).find(BACKUP);

      // a name of the envelope may be spelled wrongly without harm, the entry never
      assertThat(read.isEmpty() || read.get().equals(creating())).isTrue();
    }
  }

  @Test
  @Proves("ST-01")
  void fileInPlaceOfTheCatalogIsSetAside() throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(".catalog"), "in the way");

    Catalog catalog = Catalog.open(directory);
    catalog.put(creating());

    assertThat(Catalog.open(directory).find(BACKUP)).contains(creating());
    assertThat(directory.resolve(".catalog.damaged")).hasContent("in the way");
  }

  @Test
  @Proves("ST-01")
  void lostRestoreIsKnownToBeLost() throws IOException {
    Catalog catalog = Catalog.open(directory);
    catalog.put(new RestoreEntry(SERVER, BACKUP, BackupAdapter.WINGS, "name", false));
    Files.write(directory.resolve(".catalog/restore-" + SERVER + ".json"), new byte[100]);

    Catalog again = Catalog.open(directory);

    assertThat(again.restores()).isEmpty();
    assertThat(again.lostRestores()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/passwd",
        "0B0B0B0B-0000-4000-8000-000000000003",
        "0b0b0b0b",
        "",
        ".",
        "..",
        "0b0b0b0b-0-4-8-3",
        "0b0b0b0b-0000-4000-8000-000000000003/..",
        "{0b0b0b0b-0000-4000-8000-000000000003}",
        "0b0b0b0b-0000-4000-8000-000000000003 ",
        "0b0b0b0b00004000800000000000000003",
        "ａb0b0b0b-0000-4000-8000-000000000003"
      })
  @Proves("BK-01")
  void onlyCanonicalIdsAreIds(String text) {
    assertThat(Catalog.canonical(text)).isEmpty();
    assertThat(Catalog.canonical(BACKUP.toString())).contains(BACKUP);
  }

  @Test
  @Proves("BK-01")
  void foreignFilesAndUnfinishedOnesAreNoEntries() throws IOException {
    Path entries = directory.resolve(".catalog");
    Catalog.open(directory).put(creating());
    Files.copy(file, entries.resolve("not-an-id.json"));
    Files.copy(file, entries.resolve("0B0B0B0B-0000-4000-8000-000000000003.json"));
    Files.copy(file, entries.resolve("0b0b0b0b-0000-4000-8000-00000000ffff.json")); // of another
    Files.writeString(entries.resolve(".wings-staging-x"), "half");

    Catalog again = Catalog.open(directory);

    assertThat(again.all()).containsExactly(creating());
    assertThat(entries.resolve(".wings-staging-x")).doesNotExist();
  }
}
