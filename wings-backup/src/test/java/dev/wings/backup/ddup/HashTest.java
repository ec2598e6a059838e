package dev.wings.backup.ddup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashTest {
  /// Values of Python's hashlib.
  @ParameterizedTest
  @CsvSource({
    "0, 0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
    "1, 03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314",
    "127, 4ff62e7c4c43fe101a078479c48836be4907d9d498dcc577ca89d694b2c11f9b",
    "128, 14696d2a98d9f8a280da8b132b1045b345e1033759c6b02fcc4ee885c8ae7c37",
    "129, 3934215260b1039be9d9d2b073b059bcd50120c327a22af93eb4d98cf821c14c",
    "256, 7b4337135e0b112b7ec8528f22dd05af226cca2a358cca731696b6713f9383cb",
    "1000, 215bbdb5d56e0153eca48cbf15747f1daf9a359f05042c17c87563010af5b92e",
    "1048576, 8c2067d9a001618757bf48898feab036fc80cf5b9fccee86894425ba84f01d29"
  })
  void blake2bIsThatOfOthers(int length, String expected) {
    byte[] data = new byte[length + 3];
    for (int i = 0; i < length; i++) {
      data[i + 3] = (byte) (i * 7 + i / 251);
    }

    assertThat(Blake2b.hash(data, 3, length)).hasToString(expected);
    assertThat(HandMade.blake2b(Arrays.copyOfRange(data, 3, length + 3))).isEqualTo(expected);
  }

  @Test
  void aChunkIsFiledByItsHash() {
    ChunkHash hash = Blake2b.hash(new byte[0], 0, 0);

    assertThat(hash.in(Path.of("/c")))
        .hasToString("/c/0e/57/51c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8.chunk");
    assertThat(ChunkHash.of(hash.bytes())).isEqualTo(hash);
  }

  /// The algorithm as the paper has it: two bytes at a time, with a table and masks that are
  /// shifted by one for the first of them.
  private static int cutByThePaper(byte[] data, int from, long[] gear) {
    int left = data.length - from;
    if (left <= 262_144) {
      return left;
    }
    int center = 1_048_576;
    if (left > 4_194_304) {
      left = 4_194_304;
    } else if (left < center) {
      center = left;
    }
    long strict = 0xd917_6753_7000L;
    long loose = 0xd917_0753_7000L;
    long hash = 0;
    for (int index = 131_072; index < left / 2; index++) {
      long mask = index < center / 2 ? strict : loose;
      int a = index * 2;
      hash = (hash << 2) + (gear[data[from + a] & 0xff] << 1);
      if ((hash & (mask << 1)) == 0) {
        return a;
      }
      hash += gear[data[from + a + 1] & 0xff];
      if ((hash & mask) == 0) {
        return a + 1;
      }
    }
    return left;
  }

  private static long[] gear() throws Exception {
    long[] gear = new long[256];
    var md5 = java.security.MessageDigest.getInstance("MD5");
    for (int i = 0; i < 256; i++) {
      byte[] seed = new byte[64];
      Arrays.fill(seed, (byte) i);
      gear[i] = java.nio.ByteBuffer.wrap(md5.digest(seed)).getLong();
    }
    return gear;
  }

  @Test
  void chunksAreThoseOfThePaper() throws Exception {
    long[] gear = gear();
    // the first numbers of the table that everybody uses
    assertThat(Arrays.copyOf(gear, 3))
        .containsExactly(0x3b5d3c7d207e37dcL, 0x784d68ba91123086L, 0xcd52880f882e7298L);
    for (int length :
        new int[] {0, 1, 262_144, 262_145, 700_001, 1_048_576, 4_194_305, 20_000_003}) {
      byte[] data = Trees.noise(length, length);
      List<Integer> expected = new ArrayList<>();
      List<Integer> found = new ArrayList<>();
      for (int at = 0; at < length; at += expected.getLast()) {
        expected.add(cutByThePaper(data, at, gear));
      }
      for (int at = 0; at < length; at += found.getLast()) {
        found.add(FastCdc.cut(data, at, length - at));
      }
      assertThat(found).as("length %d", length).isEqualTo(expected);
    }
  }

  @Test
  void anInsertionChangesTheChunksAroundItOnly() {
    byte[] before = Trees.noise(5, 20 << 20);
    byte[] after = new byte[before.length + 1];
    System.arraycopy(before, 0, after, 0, 3 << 20);
    System.arraycopy(before, 3 << 20, after, (3 << 20) + 1, before.length - (3 << 20));

    List<ChunkHash> common = hashes(before);
    common.retainAll(hashes(after));

    assertThat(common).hasSizeGreaterThanOrEqualTo(hashes(before).size() - 3);
  }

  private static List<ChunkHash> hashes(byte[] data) {
    List<ChunkHash> hashes = new ArrayList<>();
    for (int at = 0; at < data.length; ) {
      int length = FastCdc.cut(data, at, data.length - at);
      hashes.add(Blake2b.hash(data, at, length));
      at += length;
    }
    return hashes;
  }

  @Test
  void aTableKeepsWhatWasPutIntoIt() {
    Random random = new Random(3);
    List<ChunkHash> hashes = new ArrayList<>();
    try (ChunkTable table = new ChunkTable()) {
      for (int i = 0; i < 20_000; i++) {
        byte[] bytes = new byte[8];
        random.nextBytes(bytes);
        ChunkHash hash = Blake2b.hash(bytes, 0, 8);
        hashes.add(hash);
        table.add(hash, i + 1, i);
        if (i % 3 == 2) {
          ChunkHash gone = hashes.set(i / 2, hash);
          int slot = table.find(gone);
          if (slot != ChunkTable.NONE && !gone.equals(hash)) {
            table.remove(slot);
            assertThat(table.find(gone)).isEqualTo(ChunkTable.NONE);
          }
        }
      }
      int found = 0;
      for (int slot = 0; slot < table.slots(); slot++) {
        if (table.taken(slot)) {
          assertThat(table.find(table.hash(slot))).isEqualTo(slot);
          assertThat(table.find(table.id(slot))).isEqualTo(slot);
          assertThat(table.value(slot)).isEqualTo(table.id(slot) - 1);
          found++;
        }
      }
      assertThat(found).isEqualTo(table.size()).isGreaterThan(10_000);
    }
  }
}
