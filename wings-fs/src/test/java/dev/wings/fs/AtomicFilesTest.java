package dev.wings.fs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class AtomicFilesTest {
  private static final UUID SERVER = UUID.fromString("7f3a0000-0000-4000-8000-00000000000b");
  private static final int FILES = 4;

  @TempDir private Path host;

  private Volume volume() {
    return new Volumes(VolumeSettings.of(host, 4711, 4712)).of(SERVER);
  }

  @Test
  void keepsModeOwnerAndLinkOfWhatItReplaces() throws IOException {
    try (Volume volume = volume()) {
      volume.prepare();
      Path directory = host.resolve(SERVER.toString());
      Files.writeString(directory.resolve("real"), "old");
      Files.setPosixFilePermissions(
          directory.resolve("real"), PosixFilePermissions.fromString("rw-rw----"));
      Files.setAttribute(directory.resolve("real"), "unix:uid", 77);
      Files.createSymbolicLink(directory.resolve("link"), Path.of("real"));

      AtomicFiles.replace(volume.root().resolve("link"), "new");
      AtomicFiles.replace(volume.root().resolve("fresh"), "new");

      assertThat(directory.resolve("real")).hasContent("new");
      assertThat(directory.resolve("link")).isSymbolicLink();
      assertThat(Files.getAttribute(directory.resolve("real"), "unix:mode")).isEqualTo(0100660);
      assertThat(Files.getAttribute(directory.resolve("real"), "unix:uid")).isEqualTo(77);
      assertThat(Files.getAttribute(directory.resolve("fresh"), "unix:uid")).isEqualTo(4711);
      assertThat(Files.getAttribute(directory.resolve("fresh"), "unix:gid")).isEqualTo(4712);
    }
  }

  @Test
  @Proves("FS-09")
  void failingWriterLeavesTheOldContentAndNoOtherFile() throws IOException {
    try (Volume volume = volume()) {
      volume.prepare();
      Path file = volume.root().resolve("file");
      Files.writeString(file, "old");

      assertThatThrownBy(() ->
              AtomicFiles.replace(
                  file,
                  channel -> {
                    channel.write(ByteBuffer.allocate(1000));
                    throw new FileSystemException("disk is full");
                  }))
          .hasMessageContaining("disk is full");
      volume.limit(1);
      assertThatThrownBy(() -> AtomicFiles.replace(file, "far too long"))
          .isInstanceOf(IOException.class);

      assertThat(Files.readString(file)).isEqualTo("old");
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(volume.root())) {
        assertThat(entries).containsExactly(file);
      }
    }
  }

  @Test
  void codeThatOnlyKnowsNioGetsTheSame() throws IOException {
    try (Volume volume = volume()) {
      volume.prepare();
      Path file = volume.root().resolve("server.properties");
      Files.writeString(file, "old");

      Path temporary = Files.createTempFile(volume.root(), Sandbox.STAGING_PREFIX, null);
      Files.writeString(temporary, "new");
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

      Path real = host.resolve(SERVER.toString()).resolve("server.properties");
      assertThat(real).hasContent("new");
      assertThat(Files.getAttribute(real, "unix:uid")).isEqualTo(4711);
    }
  }

  @Test
  void worksOnTheHostToo() throws IOException {
    AtomicFiles.replace(host.resolve("config.yml"), "a: 1");
    AtomicFiles.replace(host.resolve("config.yml"), "a: 2");

    assertThat(host.resolve("config.yml")).hasContent("a: 2");
    assertThatThrownBy(() -> AtomicFiles.replace(host, "x")).isInstanceOf(IOException.class);
  }

  /// A process that replaces files without pause is killed at random moments.
  @Test
  @Proves("FS-09")
  void killedProcessLeavesOldOrNewContentAndNoLeftovers() throws Exception {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    int leftovers = 0;
    long writes = 0;
    for (int round = 0; round < 4; round++) {
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName(),
                  host.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      var output = child.getInputStream();
      for (int wanted = random.nextInt(250, 400); wanted > 0; wanted--) {
        assertThat(output.read()).as("one byte per write").isEqualTo('.');
        writes++;
      }
      child.destroyForcibly();
      assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
      leftovers += staging();

      try (Volume volume = volume()) {
        volume.prepare();
        assertThat(staging()).isZero();
        for (int i = 0; i < FILES; i++) {
          assertThat(whole(Files.readAllBytes(volume.root().resolve("dir/file" + i))))
              .as("file %d, round %d, seed %d", i, round, seed)
              .isTrue();
        }
      }
    }
    LoggerFactory.getLogger(getClass()).info("{} writes, {} leftovers swept", writes, leftovers);
  }

  private int staging() throws IOException {
    int count = 0;
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(
            host.resolve(SERVER.toString()).resolve("dir"), Sandbox.STAGING_PREFIX + "*")) {
      for (Path _ : entries) {
        count++;
      }
    }
    return count;
  }

  @Test
  void leftoversOfACrashAreRemovedByTheNextPrepare() throws IOException {
    Volume crashed = volume();
    crashed.prepare();
    Path directory = Files.createDirectories(crashed.root().resolve("a/b"));
    Files.writeString(directory.resolve(Sandbox.STAGING_PREFIX + "1"), "half");
    Files.writeString(crashed.root().resolve(Sandbox.STAGING_PREFIX + "2"), "half");
    Files.writeString(crashed.root().resolve("kept"), "x");
    Files.createDirectory(crashed.root().resolve(Sandbox.STAGING_PREFIX + "directory"));
    // no close: a second process starts

    try (Volume next = volume()) {
      next.prepare();

      Path real = host.resolve(SERVER.toString());
      assertThat(real.resolve("a/b")).isEmptyDirectory();
      try (var left = Files.list(real)) {
        assertThat(left.map(path -> real.relativize(path).toString()))
            .containsExactlyInAnyOrder("a", "kept", Sandbox.STAGING_PREFIX + "directory");
      }
    }
    crashed.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private static boolean whole(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content, 8, content.length - 8);
    return crc.getValue() == Long.parseLong(new String(content, 0, 8, US_ASCII), 16);
  }

  /// Replaces files of checked content until it is killed.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      Volume volume = new Volumes(VolumeSettings.of(Path.of(arguments[0]), 4711, 4712)).of(SERVER);
      volume.prepare();
      Path directory = Files.createDirectories(volume.root().resolve("dir"));
      Random random = new Random();
      for (int i = 0; ; i++) {
        byte[] body = new byte[random.nextInt(1, 30_000)];
        random.nextBytes(body);
        CRC32 crc = new CRC32();
        crc.update(body);
        byte[] sum = "%08x".formatted(crc.getValue()).getBytes(US_ASCII);
        AtomicFiles.replace(
            directory.resolve("file" + i % FILES),
            channel -> {
              channel.write(ByteBuffer.wrap(sum));
              for (int at = 0; at < body.length; at += 1000) {
                channel.write(ByteBuffer.wrap(body, at, Math.min(1000, body.length - at)));
              }
            });
        if (i >= FILES) {
          report();
        }
      }
    }

    @SuppressWarnings("SystemOut") // the parent counts writes by it
    private static void report() {
      System.out.print('.');
      System.out.flush();
    }
  }
}
