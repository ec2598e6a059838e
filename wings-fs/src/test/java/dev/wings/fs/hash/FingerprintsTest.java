package dev.wings.fs.hash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FingerprintsTest {
  private static final long SEED = Long.getLong("wings.seed", 20_261_125);

  @TempDir Path directory;

  private Path host;
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    host = directory.toRealPath();
    sandbox = Sandbox.open(host);
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Map<String, String> of(FingerprintAlgorithm algorithm, PathFilter filter, String... names)
      throws IOException {
    FileView view =
        new FileView(sandbox.getPath("/"), true, true, true, filter, DirectorySizes.NONE);
    Map<String, Location> files = new LinkedHashMap<>();
    for (String name : names) {
      files.put(name, new Location(view, view.root()).resolve(name));
    }
    return Fingerprints.of(files, algorithm, 3, new Progress(), () -> false);
  }

  /// The answers of a native daemon about a file that holds `one changed`.
  @ParameterizedTest
  @EnumSource(FingerprintAlgorithm.class)
  void agreesWithTheRecordedAnswers(FingerprintAlgorithm algorithm) throws IOException {
    Files.createDirectory(host.resolve("d"));
    Files.writeString(host.resolve("d/b.txt"), "one changed\n");
    String expected = "";
    for (JsonNode exchange : PanelSamples.exchanges("node-api/files-fingerprints")) {
      if (exchange.path("query").asText().contains("algorithm=" + algorithm.wireName() + "&")
          && exchange.at("/response_body/fingerprints").has("/d/b.txt")) {
        expected = exchange.at("/response_body/fingerprints/~1d~1b.txt").asText();
      }
    }

    assertThat(of(algorithm, PathFilter.NONE, "/d/b.txt"))
        .containsExactly(Map.entry("/d/b.txt", expected));
    assertThat(FingerprintAlgorithm.fromWire(algorithm.wireName())).contains(algorithm);
  }

  @Test
  void knownValues() throws IOException {
    Files.writeString(host.resolve("empty"), "");
    Files.writeString(host.resolve("space"), " \t\r\n");
    Files.writeString(host.resolve("zeros"), "codding"); // its CRC-32 begins with zeros

    assertThat(of(FingerprintAlgorithm.CRC32, PathFilter.NONE, "empty", "zeros"))
        .containsExactly(Map.entry("empty", "0"), Map.entry("zeros", crc("codding")));
    assertThat(of(FingerprintAlgorithm.MD5, PathFilter.NONE, "empty"))
        .containsEntry("empty", "d41d8cd98f00b204e9800998ecf8427e");
    assertThat(of(FingerprintAlgorithm.CURSEFORGE, PathFilter.NONE, "empty", "space"))
        .containsExactly(Map.entry("empty", "1540447798"), Map.entry("space", "1540447798"));
  }

  private static String crc(String text) {
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(text.getBytes(UTF_8));
    return Long.toHexString(crc.getValue());
  }

  @Test
  void theStreamedHashIsThatOfTheWholeContent() throws IOException {
    Random random = new Random(SEED);
    for (int round = 0; round < 60; round++) {
      byte[] content = new byte[round < 40 ? round : random.nextInt(2_000_000)];
      for (int i = 0; i < content.length; i++) {
        content[i] =
            (byte)
                (random.nextInt(4) == 0
                    ? " \t\r\n".charAt(random.nextInt(4))
                    : random.nextInt(256));
      }
      Files.write(host.resolve("f"), content);

      assertThat(of(FingerprintAlgorithm.CURSEFORGE, PathFilter.NONE, "f"))
          .containsEntry("f", Long.toString(murmur2(content)));
    }
  }

  /// The definition, on everything at once.
  private static long murmur2(byte[] content) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    for (byte b : content) {
      if (" \t\r\n".indexOf(b) < 0) {
        kept.write(b);
      }
    }
    byte[] data = kept.toByteArray();
    int m = 1_540_483_477;
    int h = 1 ^ data.length;
    int at = 0;
    for (; data.length - at >= 4; at += 4) {
      int k =
          (data[at] & 0xFF)
              | (data[at + 1] & 0xFF) << 8
              | (data[at + 2] & 0xFF) << 16
              | (data[at + 3] & 0xFF) << 24;
      k *= m;
      k ^= k >>> 24;
      h = (h * m) ^ (k * m);
    }
    int rest = data.length - at;
    if (rest > 0) {
      for (int i = rest - 1; i >= 0; i--) {
        h ^= (data[at + i] & 0xFF) << (8 * i);
      }
      h *= m;
    }
    h ^= h >>> 13;
    h *= m;
    h ^= h >>> 15;
    return h & 0xFFFF_FFFFL;
  }

  @Test
  @Timeout(60)
  @Proves({"FS-04", "FS-06"})
  void whatCannotOrMustNotBeReadHasNone() throws Exception {
    Files.writeString(host.resolve("ok"), "x");
    Files.writeString(host.resolve("secret"), "x");
    Files.createDirectory(host.resolve("dir"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("ok"));
    Files.createSymbolicLink(host.resolve("to secret"), Path.of("secret"));
    Files.createSymbolicLink(host.resolve("out"), Path.of("/etc/passwd"));
    assertThat(new ProcessBuilder("mkfifo", host.resolve("fifo").toString()).start().waitFor())
        .isZero();
    PathFilter filter =
        (path, _) -> path.equals("secret") ? PathFilter.Verdict.SKIP : PathFilter.Verdict.KEEP;

    assertThat(
            of(
                    FingerprintAlgorithm.SHA256,
                    filter,
                    "missing",
                    "ok",
                    "secret",
                    "dir",
                    "link",
                    "to secret",
                    "out",
                    "fifo",
                    "/",
                    "..")
                .keySet())
        .containsExactly("ok", "link");
  }

  @Test
  void readingCanBeCancelled() throws IOException {
    Files.write(host.resolve("f"), new byte[1 << 20]);
    FileView view =
        new FileView(sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
    Map<String, Location> files = new LinkedHashMap<>();
    for (String name : List.of("f", "./f", "/f")) {
      files.put(name, new Location(view, view.root()).resolve(name));
    }
    Progress progress = new Progress();

    assertThatThrownBy(() ->
            Fingerprints.of(
                files,
                FingerprintAlgorithm.CURSEFORGE,
                2,
                progress,
                () -> progress.bytes() >= 1 << 20))
        .isInstanceOf(WalkCancelledException.class);
  }
}
