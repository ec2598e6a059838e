package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.files.FileEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtensionsTest {
  @TempDir Path root;
  private TestClient client;
  private FakeTree tree;

  @BeforeEach
  void connect() throws IOException {
    Samples.fill(root);
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] bytes = new byte[in.remaining()];
    in.get(bytes);
    return bytes;
  }

  @Test
  void advertisesWhatItHas() {
    TestClient other = new TestClient();
    other.connect(tree);
    other.send(Packet.of(Packet.INIT).u32(6).string("vendor").string("data"));
    client.runWork();
    Answer version = other.answers.remove();

    assertThat(version.type()).isEqualTo(Answer.VERSION);
    assertThat(version.id()).as("version").isEqualTo(3);
    Map<String, String> extensions = new LinkedHashMap<>();
    ByteBuffer in = version.fields();
    while (in.hasRemaining()) {
      extensions.put(Answer.text(in), Answer.text(in));
    }
    assertThat(extensions)
        .containsOnly(
            Map.entry("check-file", "1"),
            Map.entry("copy-file", "1"),
            Map.entry("copy-data", "1"),
            Map.entry("space-available", "6"),
            Map.entry("limits@openssh.com", "1"),
            Map.entry("statvfs@openssh.com", "2"),
            Map.entry("hardlink@openssh.com", "1"),
            Map.entry("fsync@openssh.com", "1"),
            Map.entry("lsetstat@openssh.com", "1"),
            Map.entry("users-groups-by-id@openssh.com", "1"),
            Map.entry("posix-rename@openssh.com", "1"),
            Map.entry("expand-path@openssh.com", "1"),
            Map.entry("home-directory", "1"));
  }

  private Answer check(String path, String algorithms, long offset, long length) {
    return client.ask(
        client
            .extension("check-file-name")
            .string(path)
            .string(algorithms)
            .u64(offset)
            .u64(length));
  }

  @Test
  void computesChecksums() throws IOException, GeneralSecurityException {
    byte[] contents = new byte[200_000];
    new Random(2).nextBytes(contents);
    Files.write(root.resolve("data"), contents);
    Map<String, String> algorithms =
        Map.of(
            "md5", "MD5", "sha1", "SHA-1", "sha224", "SHA-224", "sha256", "SHA-256", "sha384",
            "SHA-384", "sha512", "SHA-512");

    for (Map.Entry<String, String> algorithm : algorithms.entrySet()) {
      ByteBuffer reply = check("/data", algorithm.getKey() + ",md4", 0, 0).extended();
      assertThat(Answer.text(reply)).isEqualTo(algorithm.getKey());
      assertThat(rest(reply))
          .isEqualTo(MessageDigest.getInstance(algorithm.getValue()).digest(contents));
    }
  }

  @Test
  void computesChecksumsOfParts() throws IOException {
    Files.writeString(root.resolve("data"), "0123456789");
    byte[] handle = client.open("/data", 1).handle();
    CRC32 crc = new CRC32();
    crc.update("345".getBytes(UTF_8));

    ByteBuffer reply =
        client
            .ask(client.extension("check-file").string(handle).string("crc32").u64(3).u64(3))
            .extended();

    assertThat(Answer.text(reply)).isEqualTo("crc32");
    assertThat(reply.getInt()).isEqualTo((int) crc.getValue());
    assertThat(reply.hasRemaining()).isFalse();
    reply = check("/data", "crc32", 100, 0).extended();
    Answer.text(reply);
    assertThat(reply.getInt()).as("of nothing").isZero();
  }

  @Test
  void refusesChecksumsOfWhatIsNoFileOrByUnknownAlgorithms() {
    assertThat(check("/dir", "md5", 0, 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(check("/none", "md5", 0, 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(check("/file", "md4,md5", 0, 0).status()).isEqualTo(Status.BAD_MESSAGE);
    assertThat(check("/file", "", 0, 0).status()).isEqualTo(Status.BAD_MESSAGE);
    assertThat(check("/file", "md5", -1, 0).status()).isEqualTo(Status.BAD_MESSAGE);
    tree.hidden.add(root.resolve("file"));
    assertThat(check("/file", "md5", 0, 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    Packet unknown = client.extension("check-file").string("5").string("md5").u64(0).u64(0);
    assertThat(client.ask(unknown).status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  private Answer copy(String from, String to, int overwrite) {
    return client.ask(client.extension("copy-file").string(from).string(to).u8(overwrite));
  }

  @Test
  void copiesFiles() {
    assertThat(copy("/link", "/copy", 0).status()).isEqualTo(Status.OK);
    assertThat(root.resolve("copy")).isRegularFile().hasContent("contents");
    assertThat(tree.events).containsExactly(new FileEvent.Created(root.resolve("copy")));

    assertThat(copy("/file", "/target", 0).status()).isEqualTo(Status.FAILURE);
    assertThat(root.resolve("target")).hasContent("old");
    assertThat(copy("/file", "/target", 1).status()).isEqualTo(Status.OK);
    assertThat(root.resolve("target")).hasContent("contents");

    assertThat(copy("/dir", "/x", 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(copy("/none", "/x", 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(copy("/file", "/dir", 1).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(copy("/file", "/no/x", 1).status()).isEqualTo(Status.NO_SUCH_FILE);
    tree.hidden.add(root.resolve("file"));
    assertThat(copy("/file", "/x", 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(copy("/target", "/file", 1).status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  private Answer copyData(byte[] from, long position, long length, byte[] to, long offset) {
    return client.ask(
        client
            .extension("copy-data")
            .string(from)
            .u64(position)
            .u64(length)
            .string(to)
            .u64(offset));
  }

  @Test
  void copiesPartsBetweenOpenFiles() throws IOException {
    byte[] contents = new byte[700_000];
    new Random(3).nextBytes(contents);
    Files.write(root.resolve("data"), contents);
    byte[] from = client.open("/data", 1).handle();
    byte[] to = client.open("/part", 2 | 8).handle();

    assertThat(copyData(from, 100, 600_000, to, 2).status()).isEqualTo(Status.OK);
    byte[] part = Files.readAllBytes(root.resolve("part"));
    assertThat(part).hasSize(600_002);
    assertThat(Arrays.copyOfRange(part, 2, part.length))
        .isEqualTo(Arrays.copyOfRange(contents, 100, 600_100));

    assertThat(copyData(from, 0, 0, to, 0).status()).isEqualTo(Status.OK);
    assertThat(root.resolve("part")).hasBinaryContent(contents);
    assertThat(copyData(from, 0, 700_001, to, 0).status()).isEqualTo(Status.EOF);
    client.close(to);
    assertThat(tree.edits).endsWith("end part written");
  }

  @Test
  void copiesNoDataWhereTheHandlesDoNotAllowIt() {
    byte[] reading = client.open("/file", 1).handle();
    byte[] writing = client.open("/target", 2).handle();
    byte[] both = client.open("/file", 3).handle();
    byte[] listing = client.openDirectory("/dir").handle();

    assertThat(copyData(writing, 0, 0, writing, 0).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(copyData(reading, 0, 0, reading, 0).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(copyData(reading, 0, 0, both, 0).status()).isEqualTo(Status.FAILURE);
    assertThat(copyData(listing, 0, 0, writing, 0).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(copyData(reading, -1, 0, writing, 0).status()).isEqualTo(Status.BAD_MESSAGE);
    assertThat(copyData(reading, 0, Long.MAX_VALUE, writing, 1).status())
        .isEqualTo(Status.BAD_MESSAGE);
    assertThat(root.resolve("target")).hasContent("old");
    assertThat(root.resolve("file")).hasContent("contents");
  }

  private static long[] numbers(ByteBuffer in) {
    long[] numbers = new long[in.remaining() / Long.BYTES];
    in.asLongBuffer().get(numbers);
    return numbers;
  }

  @Test
  void tellsSpace() {
    assertThat(numbers(client.ask(client.extension("space-available").string("/x")).extended()))
        .containsExactly(1 << 20, 1 << 19, 1 << 20, 1 << 19);
    for (String name : new String[] {"statvfs@openssh.com", "fstatvfs@openssh.com"}) {
      assertThat(numbers(client.ask(client.extension(name).string("/x")).extended()))
          .containsExactly(4096, 4096, 256, 128, 128, 0, 0, 0, 0, 0, 255);
    }
    client.settings.readOnly = true;
    assertThat(numbers(client.ask(client.extension("statvfs@openssh.com").string("/")).extended()))
        .endsWith(1, 255);
  }

  @Test
  void tellsItsLimits() {
    client.settings.handlesPerChannel = 7;

    assertThat(numbers(client.ask(client.extension("limits@openssh.com")).extended()))
        .containsExactly(32_768, 131_072, 131_072, 7);
  }

  @Test
  void tellsNamesOfOwners() {
    byte[] users = ByteBuffer.allocate(8).putInt(0).putInt(1000).array();
    byte[] groups = ByteBuffer.allocate(4).putInt(0).array();

    ByteBuffer reply =
        client
            .ask(client.extension("users-groups-by-id@openssh.com").string(users).string(groups))
            .extended();

    ByteBuffer userNames = ByteBuffer.wrap(Answer.bytes(reply));
    assertThat(Answer.text(userNames)).isEqualTo("container");
    assertThat(Answer.text(userNames)).isEmpty();
    assertThat(userNames.hasRemaining()).isFalse();
    ByteBuffer groupNames = ByteBuffer.wrap(Answer.bytes(reply));
    assertThat(Answer.text(groupNames)).isEqualTo("container");
    assertThat(reply.hasRemaining()).isFalse();
    for (int size : new int[] {3, 200_000}) {
      Packet bad =
          client
              .extension("users-groups-by-id@openssh.com")
              .string(new byte[size])
              .string(new byte[0]);
      assertThat(client.ask(bad).status()).isEqualTo(Status.BAD_MESSAGE);
    }
  }

  @Test
  void flushesFiles() {
    byte[] handle = client.open("/file", 2).handle();

    assertThat(client.ask(client.extension("fsync@openssh.com").string(handle)).status())
        .isEqualTo(Status.OK);
    assertThat(client.ask(client.extension("fsync@openssh.com").string("9")).status())
        .isEqualTo(Status.NO_SUCH_FILE);
  }
}
