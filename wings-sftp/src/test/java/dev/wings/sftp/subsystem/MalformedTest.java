package dev.wings.sftp.subsystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that do not keep to the protocol.
@Proves("SF-05")
class MalformedTest {
  private static final int HEADER = 5;

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

  private static byte[] framed(byte[] body) {
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }

  /// Fields that a verb does not look at, so that it works without them.
  private static boolean readsItsFields(Verb verb) {
    return switch (verb) {
      case INIT, SPACE_AVAILABLE, STATVFS, FSTATVFS, LIMITS -> false;
      default -> true;
    };
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void answersEachPrefixOfARequest(Verb verb) {
    Samples samples = Samples.open(client);
    byte[] whole = samples.of(verb).body();
    int named = verb.extension().isEmpty() ? HEADER : HEADER + 4 + verb.extension().length();

    for (int length = HEADER; length < whole.length; length++) {
      client.sendRaw(framed(Arrays.copyOf(whole, length)));
      Answer answer = client.await();

      if (readsItsFields(verb) || length < named) {
        assertThat(answer.status()).as("%d bytes", length).isEqualTo(Status.BAD_MESSAGE);
      }
      assertThat(client.failure).isNull();
    }
    client.sendRaw(framed(whole));
    Answer answer = client.await();
    if (answer.type() == Answer.STATUS) {
      assertThat(answer.status()).isEqualTo(Status.OK);
    }
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void answersLengthsThatLie(Verb verb) {
    Samples samples = Samples.open(client);
    byte[] whole = samples.of(verb).body();

    for (int at = HEADER; at + 4 <= whole.length; at++) {
      for (int lie : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20}) {
        byte[] body = whole.clone();
        ByteBuffer.wrap(body).putInt(at, lie);
        client.sendRaw(framed(body));
        client.await();
        assertThat(client.failure).isNull();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void endsWithAPacketThatHasNoNumber(int length) {
    client.sendRaw(framed(Arrays.copyOf(new byte[] {Packet.STAT}, length)));
    client.runWork();

    assertThat(client.failure).contains("number");
    assertThat(client.answers).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 270_000})
  void endsWithALengthThatCannotBe(int length) {
    client.sendRaw(ByteBuffer.allocate(4).putInt(length).array());
    client.runWork();

    assertThat(client.failure).contains("length");
    client.send(client.request(Packet.STAT).string("/"));
    client.runWork();
    assertThat(client.answers).isEmpty();
  }

  @Test
  void endsWithARequestBeforeTheBeginning() {
    TestClient other = new TestClient();
    other.connect(tree).send(other.request(Packet.STAT).string("/file"));
    other.runWork();
    // its work lies with the client that made the tree
    client.runWork();

    assertThat(other.failure).contains("INIT");
    assertThat(other.answers).isEmpty();
  }

  @Test
  void closesWhatIsOpenAfterAFailure() {
    Samples.open(client);
    client.sendRaw(new byte[4]);
    client.channel().close();
    client.runWork();

    assertThat(client.total.open()).isZero();
    assertThat(tree.edits).endsWith("end target untouched");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void survivesRandomFields(long seed) {
    Random random = new Random(seed);
    Verb[] verbs = Verb.values();
    for (int i = 0; i < 2_000; i++) {
      Verb verb = verbs[random.nextInt(verbs.length)];
      if (verb == Verb.RMDIR || verb == Verb.INIT) {
        continue;
      }
      Packet packet =
          verb.extension().isEmpty()
              ? client.request(verb.type())
              : client.extension(verb.extension());
      for (int fields = random.nextInt(6); fields > 0; fields--) {
        switch (random.nextInt(5)) {
          case 0 -> packet.u32(random.nextInt());
          case 1 -> packet.u32(random.nextInt(64));
          case 2 -> packet.string(Integer.toHexString(random.nextInt(40)));
          case 3 ->
              packet.string(
                  new String[] {"/", "/file", "/dir/x", "..", "/link"}[random.nextInt(5)]);
          default -> {
            byte[] bytes = new byte[random.nextInt(30)];
            random.nextBytes(bytes);
            packet.raw(bytes);
          }
        }
      }
      Answer answer = client.ask(packet);
      assertThat(answer.type()).isIn(101, 102, 103, 104, 105, 201);
      assertThat(client.failure).isNull();
    }
    client.channel().close();
    client.runWork();
    assertThat(client.total.open()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void survivesRandomBytes(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      TestClient other = new TestClient();
      FakeTree own = new FakeTree(root, other);
      own.rights.clear(); // what comes out of it by chance shall not matter
      other.begin(own);
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (random.nextBoolean() && bytes.length >= 9) {
        ByteBuffer.wrap(bytes).putInt(0, random.nextInt(bytes.length));
      }
      other.sendRaw(bytes);
      other.runWork();
      other.channel().close();
      other.runWork();
      assertThat(other.total.open()).isZero();
    }
    assertThat(client.ask(Packet.STAT, "/file").attributes().size()).isEqualTo(8);
  }
}
