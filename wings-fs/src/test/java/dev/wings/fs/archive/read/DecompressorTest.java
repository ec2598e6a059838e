package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.archive.Compression;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DecompressorTest {
  @TempDir Path directory;

  private static byte[] text() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      text.append("line ").append(random.nextInt(5000)).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private byte[] made(String command, byte[] input) throws IOException, InterruptedException {
    Files.write(directory.resolve("in"), input);
    ArchiveTools.run(directory, command);
    return Files.readAllBytes(directory.resolve("out"));
  }

  private static byte[] read(byte[] compressed, Compression compression) throws IOException {
    try (InputStream in = Decompressor.open(new ByteArrayInputStream(compressed), compression)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GZ, gzip -1 -c in > out",
    "GZ, gzip -9 -c in > out",
    "XZ, xz -0 -c in > out",
    "XZ, xz -9e -c in > out",
    "XZ, xz -T2 --block-size=65536 -c in > out",
    "LZIP, lzip -0 -c in > out",
    "LZIP, lzip -9 -c in > out",
    "BZ2, bzip2 -1 -c in > out",
    "BZ2, bzip2 -9 -c in > out",
    "LZ4, lz4 -1 -c in > out",
    "LZ4, lz4 -12 -BD -B4 -c in > out",
    "LZ4, lz4 -9 -B7 --content-size -c in > out",
    "ZSTD, zstd -1 -c in > out",
    "ZSTD, zstd --ultra -22 -c in > out",
    "ZSTD, zstd --long=27 --check -c in > out",
  })
  void readsWhatTheFormatsOwnToolMade(Compression compression, String command) throws Exception {
    byte[] text = text();

    assertThat(read(made(command, text), compression)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "GZ, gzip -c in > out; gzip -c in >> out",
    "XZ, xz -c in > out; xz -c in >> out",
    "LZIP, lzip -c in > out; lzip -c in >> out",
    "BZ2, bzip2 -c in > out; bzip2 -c in >> out",
    "LZ4, lz4 -c in > out; lz4 -c in >> out",
    "ZSTD, zstd -c in > out; zstd -c in >> out",
  })
  void readsFilesMadeOfSeveralParts(Compression compression, String command) throws Exception {
    byte[] text = text();
    byte[] twice = Arrays.copyOf(text, 2 * text.length);
    System.arraycopy(text, 0, twice, text.length, text.length);

    assertThat(read(made(command, text), compression)).isEqualTo(twice);
  }

  @Test
  void readsAGzipFileByteByByteAndWithAllPartsOfItsHeader() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(HexFormat.of().parseHex("1f8b081e00000000000303000102036e616d650063006162"));
    file.writeBytes(Arrays.copyOfRange(gzip(text()), 10, gzip(text()).length));
    file.writeBytes(new byte[100]); // padding

    InputStream dripping =
        new ByteArrayInputStream(file.toByteArray()) {
          @Override
          public synchronized int read(byte[] b, int off, int len) {
            return super.read(b, off, Math.min(1, len));
          }

          @Override
          public synchronized int available() {
            return 0;
          }
        };

    try (InputStream in = Decompressor.open(dripping, Compression.GZ)) {
      assertThat(in.readAllBytes()).isEqualTo(text());
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void failsOnWhatIsCutOffOrDamaged(Compression compression) throws Exception {
    String tool =
        switch (compression) {
          case NONE -> "cat";
          case GZ -> "gzip";
          case XZ -> "xz";
          case LZIP -> "lzip";
          case BZ2 -> "bzip2";
          case LZ4 -> "lz4";
          case ZSTD -> "zstd --check";
        };
    byte[] whole = made(tool + " -c in > out", text());

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length / 2), compression))
        .isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> read(Arrays.copyOf(whole, 3), compression))
        .isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> read(new byte[0], compression)).isInstanceOf(ArchiveException.class);
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 0x55;
    assertThatThrownBy(() -> read(damaged, compression)).isInstanceOf(ArchiveException.class);
  }

  @Test
  @Proves("AR-05")
  void refusesDictionariesThatTakeTooMuchMemory() throws Exception {
    byte[] xz = made("xz --lzma2=dict=1GiB -c in > out", new byte[10]);
    byte[] lzip = HexFormat.of().parseHex("4c5a4950011d" + "00000000000000");
    // a frame header that asks for a window of 2 GiB
    byte[] window = HexFormat.of().parseHex("28b52ffd00a8" + "010000");

    assertThatThrownBy(() -> read(xz, Compression.XZ)).isInstanceOf(ArchiveLimitException.class);
    assertThatThrownBy(() -> read(lzip, Compression.LZIP))
        .isInstanceOf(ArchiveLimitException.class)
        .hasMessage("the lzip data needs 512 MiB of memory, 160 MiB are allowed");
    assertThatThrownBy(() -> read(window, Compression.ZSTD))
        .isInstanceOf(ArchiveLimitException.class);
  }

  @Test
  void whatBecomesOfTheSourceIsNotTakenForDamage() {
    InputStream closed =
        new InputStream() {
          private int position;

          @Override
          public int read() throws IOException {
            if (position == 0) {
              position++;
              return 0xfd;
            }
            throw new ClosedChannelException();
          }
        };

    assertThatThrownBy(() -> Decompressor.open(closed, Compression.XZ).readAllBytes())
        .isInstanceOf(ClosedChannelException.class);
  }
}
