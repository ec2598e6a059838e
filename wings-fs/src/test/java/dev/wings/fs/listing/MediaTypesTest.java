package dev.wings.fs.listing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.listing.DirectoryEntry.Content;
import dev.wings.fs.listing.MediaTypes.Head;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaTypesTest {
  private static Content content(String name, byte[] head) {
    return MediaTypes.content(name, Head.of(head, Math.min(head.length, MediaTypes.HEAD_BYTES)));
  }

  @ParameterizedTest
  @CsvSource({
    "a.jar, 504b030414000800, application/zip",
    "a.txt, 1f8b0800, application/gzip",
    "x, 425a6839, application/x-bzip2",
    "x, fd377a585a000004, application/x-xz",
    "x, 4c5a495001, application/x-lzip",
    "x, 28b52ffd04, application/zstd",
    "x, 04224d1864, application/x-lz4",
    "x, 377abcaf271c0004, application/x-7z-compressed",
    "x, 526172211a0700, application/vnd.rar",
    "x, 526172211a070100, application/vnd.rar",
    "x.db, 53514c69746520666f726d6174203300, application/vnd.sqlite3",
    "x, 89504e470d0a1a0a, image/png",
    "x, ffd8ffe0, image/jpeg",
    "x, 52494646000000005745425056, image/webp",
    "x, 524946460000000057415645, audio/x-wav",
    "x, 4f676753, audio/ogg",
    "x, 664c6143, audio/flac",
    "x, 494433, audio/mpeg",
    "x, 7f454c46, application/x-executable",
    "x, 23212f62696e2f7368, text/x-shellscript",
    "world.tar, 776f726c642f0000, application/x-tar",
    "a.yml, 613a2031, application/yaml",
    "A.JSON, 7b7d, application/json",
    "server.properties, 613d31, text/plain",
    "noextension, 68656c6c6f, text/plain",
    "noextension, ff00ff, application/octet-stream",
    "x.mp3, ff00ff, audio/mpeg"
  })
  void knowsFormatsByTheirFirstBytesThenByTheName(String name, String head, String mime) {
    assertThat(content(name, HexFormat.of().parseHex(head)).mime()).isEqualTo(mime);
  }

  @Test
  void anEmptyFileIsTextThatCanBeEdited() {
    assertThat(content("x.bin", new byte[0])).isEqualTo(Content.EMPTY);
  }

  @Test
  void aCharacterThatIsCutAtTheEndOfTheHeadIsStillText() {
    byte[] text = ("a".repeat(61) + "\uD83D\uDE00\uD83D\uDE00").getBytes(UTF_8);

    assertThat(content("x", text).editable()).isTrue();
    assertThat(MediaTypes.isText(new byte[] {'a', (byte) 0x80}, 2)).isFalse();
    assertThat(MediaTypes.isText(new byte[] {'a', (byte) 0xF0, (byte) 0x9F}, 3)).isTrue();
    assertThat(MediaTypes.isText(new byte[] {'a', (byte) 0xF0, 'b', 'c'}, 4)).isFalse();
    assertThat(MediaTypes.isText(new byte[] {(byte) 0xE0, (byte) 0x80}, 2)).isFalse();
  }

  @Test
  void agreesWithTheDecoderOfTheJdkOnRandomBytes() {
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    byte[] alphabet = "aä€\uD83D\uDE00".getBytes(UTF_8);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(8)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            random.nextInt(8) == 0
                ? (byte) random.nextInt(256)
                : alphabet[random.nextInt(alphabet.length)];
      }

      if (decodes(bytes)) {
        assertThat(MediaTypes.isText(bytes, bytes.length)).isTrue();
      } else if (MediaTypes.isText(bytes, bytes.length)) {
        assertThat(completes(bytes)).as(HexFormat.of().formatHex(bytes)).isTrue();
      }
    }
  }

  private static boolean decodes(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }

  /// Whether some continuation makes whole characters of it.
  private static boolean completes(byte[] bytes) {
    for (int first : new int[] {0x80, 0x90, 0xA0}) {
      for (int more = 0; more < 3; more++) {
        byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 1 + more);
        java.util.Arrays.fill(longer, bytes.length, longer.length, (byte) 0x80);
        longer[bytes.length] = (byte) first;
        if (decodes(longer)) {
          return true;
        }
      }
    }
    return false;
  }

  @ParameterizedTest
  @CsvSource({
    "latest.log.gz, 1f8b08, true",
    "config.yml.zst, 28b52ffd, true",
    "data.json.bz2, 425a68ff, true",
    "icon.svg.xz, fd377a585a00, true",
    "world.tar.gz, 1f8b08, false",
    "dump.gz, 1f8b08, false",
    "notes.txt.zip, 504b0304ff, false"
  })
  void textInsideOneLayerOfCompressionCanBeEdited(String name, String head, boolean editable) {
    Content content = content(name, HexFormat.of().parseHex(head));

    assertThat(content.innerEditable()).isEqualTo(editable);
    assertThat(content.editable()).isFalse();
  }
}
