package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.files.PlainTree;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How work is handed over, bounded and ended.
class SftpChannelTest {
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

  private void sendStats(int count) {
    for (int i = 0; i < count; i++) {
      client.send(client.request(Packet.STAT).string("/file"));
    }
  }

  @Test
  void handsOverOneTaskForAllThatWaits() {
    sendStats(20);

    assertThat(client.work).hasSize(1);
    client.runWork();
    assertThat(client.answers).hasSize(20);
    assertThat(client.answers).extracting(Answer::id).isSorted();
    assertThat(client.work).isEmpty();
    assertThat(client.consumed).isEqualTo(client.sent);
  }

  @Test
  void goesToTheEndOfTheLineAfterSomeMilliseconds() {
    client.nanosPerLook = 2_000_000;
    sendStats(20);
    int tasks = 0;
    while (!client.work.isEmpty()) {
      client.work.remove().run();
      assertThat(client.answers).hasSize(Math.min(20, 3 * ++tasks));
      assertThat(client.work.size()).isLessThanOrEqualTo(1);
    }

    assertThat(client.answers).hasSize(20).extracting(Answer::id).isSorted();
  }

  @Test
  void doesLongWorkWhereThereIsRoomForIt() {
    sendStats(2);
    client.send(client.request(Packet.RMDIR).string("/dir"));
    sendStats(2);
    client.work.remove().run();
    assertThat(client.answers).hasSize(2);
    assertThat(tree.longWork).isEqualTo(1);

    client.work.remove().run();
    assertThat(client.answers).as("one request only").hasSize(3);
    client.runWork();

    assertThat(client.answers).hasSize(5).extracting(Answer::id).isSorted();
    assertThat(tree.longWork).isEqualTo(1);
    assertThat(client.consumed).isEqualTo(client.sent);
  }

  @Test
  void doesNotForgetLongWorkWhenTheClientStopsReading() {
    client.send(client.request(Packet.RMDIR).string("/dir"));
    client.work.remove().run();
    client.pending = 1 << 20;
    client.runWork();

    assertThat(client.answers).hasSize(1);
  }

  @Test
  void smallAnswersTravelTogetherAndALoneOneByItself() {
    int before = client.sends;
    sendStats(20);
    client.runWork();
    assertThat(client.answers).hasSize(20);
    assertThat(client.sends).isEqualTo(before + 1);

    sendStats(1);
    client.runWork();
    assertThat(client.sends).isEqualTo(before + 2);
  }

  @Test
  void doesNothingForAClientThatDoesNotReadUntilItDoes() {
    client.pending = 1 << 20;
    sendStats(20);
    client.runWork();
    assertThat(client.work).isEmpty();
    assertThat(client.answers).isEmpty();
    long before = client.consumed;

    client.pending = 0;
    client.channel().drained();
    client.runWork();

    assertThat(client.answers).hasSize(20);
    assertThat(client.consumed).isGreaterThan(before).isEqualTo(client.sent);
  }

  @Test
  void stopsInTheMiddleWhenTheClientStopsReading() throws IOException {
    Files.write(root.resolve("large"), new byte[1 << 20]);
    byte[] handle = client.open("/large", 1).handle();
    for (int i = 0; i < 16; i++) {
      client.send(client.request(Packet.READ).string(handle).u64(i * 65536L).u32(65536));
    }
    client.stuck = true;
    client.runWork();

    assertThat(client.answers).as("half a MiB").hasSize(8);
    assertThat(client.work).as("holds no thread").isEmpty();
    client.stuck = false;
    client.pending = 0;
    client.channel().drained();
    client.runWork();
    assertThat(client.answers).hasSize(16);
  }

  @Test
  void endsWhenNoThreadTakesItsWork() {
    Samples.open(client);
    tree.refusing = true;
    sendStats(1);

    assertThat(client.failure).contains("thread");
    client.channel().close(); // the tree refuses even this
    await().until(() -> client.total.open() == 0);
    assertThat(tree.edits).endsWith("end target untouched");
  }

  @Test
  void closesHandlesAndFinishesEditsWhenTheConnectionDrops() {
    Samples samples = Samples.open(client);
    client.write(samples.writing().getBytes(UTF_8), 0, "half of".getBytes(UTF_8));
    sendStats(5);

    client.channel().close();
    client.channel().close();
    client.runWork();

    assertThat(client.answers).as("requests of a client that is gone").isEmpty();
    assertThat(client.total.open()).isZero();
    assertThat(tree.edits).containsOnlyOnce("end target written");
    assertThat(root.resolve("target")).hasContent("half of");
    sendStats(1);
    assertThat(client.work).isEmpty();
  }

  @Test
  void finishesEditsAlsoWhenTheServerIsLocked() {
    Samples.open(client);
    tree.accessible = false;

    client.channel().close();
    client.runWork();

    assertThat(client.total.open()).isZero();
    assertThat(tree.edits).endsWith("end target untouched");
  }

  @Test
  void aRightThatWasTakenAwayEndsWhatIsOpen() {
    Samples samples = Samples.open(client);
    assertThat(client.write(samples.writing().getBytes(UTF_8), 0, new byte[1]).status())
        .isEqualTo(Status.OK);
    tree.rights.clear();

    assertThat(client.write(samples.writing().getBytes(UTF_8), 0, new byte[1]).status())
        .isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.read(samples.reading().getBytes(UTF_8), 0, 1).status())
        .isEqualTo(Status.PERMISSION_DENIED);
    assertThat(
            client
                .ask(client.request(Packet.READDIR).string(samples.listing().getBytes(UTF_8)))
                .status())
        .isEqualTo(Status.PERMISSION_DENIED);
  }

  @Test
  void survivesATreeThatThrows() {
    tree.broken = true;

    assertThat(client.ask(client.extension("statvfs@openssh.com").string("/")).status())
        .isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.STAT, "/file").attributes().size()).isEqualTo(8);
  }

  @Test
  @Proves("SF-09")
  void opensAsManyHandlesAsAllowedAndNoMore() {
    client.settings.handlesPerChannel = 10;
    int opened = 0;
    for (int i = 0; i < 100_000; i++) {
      Answer answer = i % 2 == 0 ? client.open("/file", 1) : client.openDirectory("/dir");
      if (answer.type() == Answer.HANDLE) {
        opened++;
      } else {
        assertThat(answer.status()).isEqualTo(Status.FAILURE);
      }
    }

    assertThat(opened).isEqualTo(10);
    assertThat(client.total.open()).isEqualTo(10);
    client.close("0".getBytes(UTF_8));
    assertThat(client.open("/file", 1).handle()).asString(UTF_8).isEqualTo("a");
  }

  @Test
  @Proves("SF-09")
  void countsHandlesOverAllChannels() throws IOException {
    client.settings.handlesTotal = 5;
    TestClient other = new TestClient(client.total);
    other.begin(new FakeTree(root, other));
    Samples.open(client);
    other.open("/file", 1).handle();
    other.openDirectory("/dir").handle();

    assertThat(other.open("/file", 1).status()).isEqualTo(Status.FAILURE);
    client.channel().close();
    client.runWork();
    assertThat(other.open("/file", 1).handle()).isNotEmpty();
  }

  /// Uploads and downloads over real threads in odd pieces, several clients side by side.
  @Test
  void keepsOrderAndContentsOverThreads() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      HandleCount total = new HandleCount(() -> SftpLimits.DEFAULT);
      PlainTree plain = new PlainTree(root, threads);
      for (int round = 0; round < 4; round++) {
        Threaded first = new Threaded(plain, total, "/a", round);
        Threaded second = new Threaded(plain, total, "/b", round + 100);
        first.upload();
        second.upload();
        first.finish();
        second.finish();
        assertThat(root.resolve("a")).hasBinaryContent(first.contents);
        assertThat(root.resolve("b")).hasBinaryContent(second.contents);
        assertThat(total.open()).isZero();
      }
    }
  }

  private static final class Threaded implements SftpChannel.Output {
    final byte[] contents = new byte[3_000_000];
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final AtomicLong consumed = new AtomicLong();
    private final SftpChannel channel;
    private final String path;
    private final Random random;
    private long sent;
    private int requests;

    Threaded(PlainTree tree, HandleCount total, String path, long seed) {
      channel =
          new SftpChannel(tree, () -> SftpLimits.DEFAULT, total, OwnerNames.single("x"), this);
      this.path = path;
      random = new Random(seed);
      random.nextBytes(contents);
    }

    void upload() {
      send(Packet.of(Packet.INIT).u32(3));
      send(Packet.request(Packet.OPEN, ++requests).string(path).u32(2 | 8 | 16).plain());
      for (int at = 0; at < contents.length; ) {
        int size = Math.min(contents.length - at, 1 + random.nextInt(140_000));
        send(
            Packet.request(Packet.WRITE, ++requests)
                .string("0")
                .u64(at)
                .string(Arrays.copyOfRange(contents, at, at + size)));
        at += size;
      }
      send(Packet.request(Packet.CLOSE, ++requests).string("0"));
    }

    private void send(Packet packet) {
      ByteBuffer bytes = ByteBuffer.wrap(packet.bytes());
      sent += bytes.remaining();
      while (bytes.hasRemaining()) {
        int piece = Math.min(bytes.remaining(), 1 + random.nextInt(40_000));
        channel.receive(bytes.slice(bytes.position(), piece));
        bytes.position(bytes.position() + piece);
      }
    }

    void finish() {
      await().until(() -> answers.size() == requests + 1);
      await().until(() -> consumed.get() == sent);
      int expected = 0;
      for (Answer answer : answers) {
        if (answer.type() != Answer.VERSION) {
          assertThat(answer.id()).isEqualTo(++expected);
          if (answer.type() == Answer.STATUS) {
            assertThat(answer.status()).isEqualTo(Status.OK);
          }
        }
      }
      channel.close();
    }

    @Override
    public void send(ByteBuffer packet) {
      answers.addAll(Answer.all(packet));
    }

    @Override
    public long pending() {
      return 0;
    }

    @Override
    public void consumed(int bytes) {
      consumed.addAndGet(bytes);
    }

    @Override
    public void fail(String reason) {
      throw new AssertionError(reason);
    }
  }
}
