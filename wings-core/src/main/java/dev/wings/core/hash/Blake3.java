package dev.wings.core.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;

/// BLAKE3 in its plain mode with 32 bytes of output, for contents that are in memory. The input is
/// cut into chunks of 1 KiB, whose chaining values are joined pairwise to a binary tree.
public final class Blake3 {
  /// Length of a hash.
  public static final int HASH_BYTES = 32;

  private static final VarHandle LITTLE_ENDIAN =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int CHUNK_BYTES = 1024;
  private static final int BLOCK_BYTES = 64;
  private static final int ROUNDS = 7;

  private static final int CHUNK_START = 1;
  private static final int CHUNK_END = 1 << 1;
  private static final int PARENT = 1 << 2;
  private static final int ROOT = 1 << 3;

  private static final int[] INITIAL = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19
  };

  /// Which word of a block goes where in the next round.
  private static final int[] PERMUTATION = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

  private static final int[][] SCHEDULE = schedule();

  private final byte[] input;
  private final int[] state = new int[16];
  private final int[] block = new int[16];

  private Blake3(byte[] input) {
    this.input = input;
  }

  /// The hash of some bytes, [#HASH_BYTES] long.
  public static byte[] hash(byte[] input) {
    return new Blake3(input).hash();
  }

  /// The hash of some bytes as 64 lower-case hexadecimal digits.
  public static String hex(byte[] input) {
    return HexFormat.of().formatHex(hash(input));
  }

  private static int[][] schedule() {
    int[][] rounds = new int[ROUNDS][16];
    for (int i = 0; i < 16; i++) {
      rounds[0][i] = i;
    }
    for (int round = 1; round < ROUNDS; round++) {
      for (int i = 0; i < 16; i++) {
        rounds[round][i] = rounds[round - 1][PERMUTATION[i]];
      }
    }
    return rounds;
  }

  private byte[] hash() {
    int chunks = Math.max(1, Math.ceilDiv(input.length, CHUNK_BYTES));
    if (chunks == 1) {
      return bytes(chunk(0, ROOT));
    }
    // One value for each complete subtree whose size is a power of two, the largest first; as many
    // as the number of chunks so far has bits that are set.
    Deque<int[]> subtrees = new ArrayDeque<>();
    for (int index = 0; index < chunks - 1; index++) {
      int[] value = chunk(index, 0);
      for (int done = index + 1; (done & 1) == 0; done >>= 1) {
        value = parent(subtrees.pop(), value, 0);
      }
      subtrees.push(value);
    }
    int[] value = chunk(chunks - 1, 0);
    while (subtrees.size() > 1) {
      value = parent(subtrees.pop(), value, 0);
    }
    return bytes(parent(subtrees.pop(), value, ROOT));
  }

  /// @param flags [#ROOT] when this is the only chunk
  private int[] chunk(int index, int flags) {
    int start = index * CHUNK_BYTES;
    int length = Math.min(CHUNK_BYTES, input.length - start);
    int blocks = Math.max(1, Math.ceilDiv(length, BLOCK_BYTES));
    int[] value = INITIAL.clone();
    for (int i = 0; i < blocks; i++) {
      int from = start + i * BLOCK_BYTES;
      int size = Math.min(BLOCK_BYTES, start + length - from);
      load(from, size);
      int first = i == 0 ? CHUNK_START : 0;
      int last = i == blocks - 1 ? CHUNK_END | flags : 0;
      compress(value, index, size, first | last);
    }
    return value;
  }

  private int[] parent(int[] left, int[] right, int flags) {
    System.arraycopy(left, 0, block, 0, 8);
    System.arraycopy(right, 0, block, 8, 8);
    int[] value = INITIAL.clone();
    compress(value, 0, BLOCK_BYTES, PARENT | flags);
    return value;
  }

  private void load(int from, int size) {
    if (size == BLOCK_BYTES) {
      for (int i = 0; i < 16; i++) {
        block[i] = (int) LITTLE_ENDIAN.get(input, from + 4 * i);
      }
      return;
    }
    byte[] padded = Arrays.copyOf(Arrays.copyOfRange(input, from, from + size), BLOCK_BYTES);
    for (int i = 0; i < 16; i++) {
      block[i] = (int) LITTLE_ENDIAN.get(padded, 4 * i);
    }
  }

  /// Replaces a chaining value by the first half of the compression of [#block].
  private void compress(int[] value, int counter, int size, int flags) {
    int[] v = state;
    System.arraycopy(value, 0, v, 0, 8);
    System.arraycopy(INITIAL, 0, v, 8, 4);
    v[12] = counter; // a byte array has fewer than 2^32 chunks: the upper half of the counter is 0
    v[13] = 0;
    v[14] = size;
    v[15] = flags;
    int[] m = block;
    for (int[] s : SCHEDULE) {
      mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
      mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
      mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
      mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
      mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
      mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
      mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
      mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) {
      value[i] = v[i] ^ v[i + 8];
    }
  }

  private static void mix(int[] v, int a, int b, int c, int d, int x, int y) {
    int va = v[a] + v[b] + x;
    int vd = Integer.rotateRight(v[d] ^ va, 16);
    int vc = v[c] + vd;
    int vb = Integer.rotateRight(v[b] ^ vc, 12);
    va += vb + y;
    vd = Integer.rotateRight(vd ^ va, 8);
    vc += vd;
    v[a] = va;
    v[b] = Integer.rotateRight(vb ^ vc, 7);
    v[c] = vc;
    v[d] = vd;
  }

  private static byte[] bytes(int[] words) {
    byte[] result = new byte[HASH_BYTES];
    for (int i = 0; i < words.length; i++) {
      LITTLE_ENDIAN.set(result, 4 * i, words[i]);
    }
    return result;
  }
}
