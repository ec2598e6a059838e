package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.DirectoryReader;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// Names are bytes, whatever their encoding.
class NameCodecTest {
  /// Pieces that come out next to each other in every order.
  private static final byte[][] PIECES = {
    {'a'},
    "é".getBytes(StandardCharsets.UTF_8),
    "😀".getBytes(StandardCharsets.UTF_8),
    "\uDBFF\uDE80".getBytes(StandardCharsets.UTF_8), // U+10FE80, the first escape
    "\uDBFF\uDEFF".getBytes(StandardCharsets.UTF_8), // the last
    {(byte) 0x80},
    {(byte) 0xC3},
    {(byte) 0xE2, (byte) 0x82},
    {(byte) 0xF4, (byte) 0x8F, (byte) 0xBA},
    {(byte) 0xFF},
    {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, // a surrogate in UTF-8
    {(byte) 0xC0, (byte) 0xAF}, // an overlong slash
  };

  @Test
  void anyBytesComeBackAndDifferentBytesGiveDifferentStrings() {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, byte[]> seen = new HashMap<>();
    for (int round = 0; round < 50_000; round++) {
      byte[] name = random.nextBoolean() ? pieces(random) : bytes(random);

      String text = NameCodec.decode(name);

      assertThat(NameCodec.encode(text)).isEqualTo(name);
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
      byte[] other = seen.put(text, name);
      if (other != null && !Arrays.equals(other, name)) {
        throw new AssertionError(text + " stands for two names, seed " + seed);
      }
    }
  }

  private static byte[] pieces(SplittableRandom random) {
    byte[] name = {};
    for (int i = random.nextInt(6); i >= 0; i--) {
      byte[] piece = PIECES[random.nextInt(PIECES.length)];
      byte[] longer = Arrays.copyOf(name, name.length + piece.length);
      System.arraycopy(piece, 0, longer, name.length, piece.length);
      name = longer;
    }
    return name;
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] name = new byte[1 + random.nextInt(12)];
    random.nextBytes(name);
    for (int i = 0; i < name.length; i++) {
      name[i] = name[i] == 0 || name[i] == '/' ? (byte) 'x' : name[i];
    }
    return name;
  }

  @Test
  void ordinaryNamesAreThemselves() {
    for (String name : new String[] {"", "server.properties", "wörld", "世界", "a b\n", "😀"}) {
      assertThat(NameCodec.decode(name.getBytes(StandardCharsets.UTF_8))).isEqualTo(name);
      assertThat(NameCodec.encode(name)).isEqualTo(name.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void refusesNulAndHalfSurrogates() {
    for (String path : new String[] {"a\0b", "\0", "\uD800", "x\uDC00y"}) {
      assertThatThrownBy(() -> NameCodec.encode(path)).isInstanceOf(InvalidPathException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(SandboxMode.class)
  void filesWithEveryByteInTheirNamesCanBeUsed(SandboxMode mode, @TempDir Path directory)
      throws IOException {
    try (Descriptor open = Linux.open(directory.toString(), Linux.O_PATH)) {
      for (int b = 1; b <= 255; b++) {
        if (b != '/' && b != '.') {
          byte[] name = {(byte) b};
          Linux.openat(open, name, Linux.O_CREAT | Linux.O_WRONLY, 0600).close();
        }
      }
    }
    try (Sandbox sandbox = Sandbox.open(directory, SandboxOptions.defaults().withMode(mode))) {
      int files = 0;
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(sandbox.getPath("/"))) {
        for (Path entry : entries) {
          Path again = sandbox.getPath(entry.toString());
          assertThat(again).isEqualTo(entry);
          Files.writeString(again, entry.toString());
          Path moved = entry.resolveSibling("moved-" + entry.getFileName());
          Files.move(entry, moved);
          assertThat(Files.readString(moved)).isEqualTo(entry.toString());
          Files.copy(moved, entry.resolveSibling("copy"));
          Files.delete(entry.resolveSibling("copy"));
          assertThat(Files.exists(entry)).isFalse();
          Files.delete(moved);
          files++;
        }
      }
      assertThat(files).isEqualTo(253);
    }
    try (Descriptor open = Linux.open(directory.toString(), Linux.O_RDONLY)) {
      assertThat(new DirectoryReader(open).next()).isEmpty();
    }
  }
}
