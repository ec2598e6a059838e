package dev.wings.sftp.subsystem;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.limit.HandleCount;
import dev.wings.sftp.limit.SftpLimits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A client and the I/O of a server around one [SftpChannel], all on the thread of the test: work
/// of the tree lies in a queue until the client waits for an answer.
final class TestClient implements SftpChannel.Output, Executor {
  static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  /// Settings of a test; changed at any moment.
  static final class Settings {
    boolean readOnly;
    int handlesPerChannel = 32;
    int handlesTotal = 1024;
    long entriesPerDirectory = 20_000;
    int entriesPerReply = 500;

    SftpLimits get() {
      return new SftpLimits(
          readOnly,
          /* passwords= */ true,
          3,
          20,
          Duration.ofSeconds(60),
          10,
          10,
          handlesPerChannel,
          handlesTotal,
          entriesPerDirectory,
          entriesPerReply);
    }
  }

  final Settings settings = new Settings();
  final HandleCount total;
  final Queue<Runnable> work = new ArrayDeque<>();
  final Queue<Answer> answers = new ArrayDeque<>();
  @Nullable String failure;
  long consumed;
  long sent;
  long pending;
  int sends;

  /// How far the clock moves each time that the channel looks at it.
  long nanosPerLook;

  private long nanos;

  /// Whether what is sent stays pending.
  boolean stuck;

  private @Nullable SftpChannel connected;
  private int id = 1000;

  TestClient() {
    total = new HandleCount(settings::get);
  }

  /// Shares the count of handles with another client.
  TestClient(HandleCount total) {
    this.total = total;
  }

  /// @param tree runs its work on this object
  TestClient connect(FileTree tree) {
    connected =
        new SftpChannel(
            tree,
            settings::get,
            total,
            OwnerNames.single("container"),
            InstantSource.fixed(NOW),
            () -> nanos += nanosPerLook,
            this);
    return this;
  }

  /// The same, and INIT is done.
  TestClient begin(FileTree tree) {
    connect(tree).send(Packet.of(Packet.INIT).u32(3));
    assertThat(await().type()).isEqualTo(Answer.VERSION);
    return this;
  }

  SftpChannel channel() {
    if (connected == null) {
      throw new IllegalStateException("not connected");
    }
    return connected;
  }

  /// A number that no request had yet.
  int nextId() {
    return ++id;
  }

  /// A request with a number of its own.
  Packet request(int type) {
    return Packet.request(type, nextId());
  }

  Packet extension(String name) {
    return request(Packet.EXTENDED).string(name);
  }

  void send(Packet packet) {
    sendRaw(packet.bytes());
  }

  void sendRaw(byte[] bytes) {
    sent += bytes.length;
    channel().receive(ByteBuffer.wrap(bytes));
  }

  /// Does all work that waits.
  void runWork() {
    Runnable task;
    while ((task = work.poll()) != null) {
      task.run();
    }
  }

  Answer await() {
    runWork();
    Answer answer = answers.poll();
    assertThat(answer).as("an answer (failure: %s)", failure).isNotNull();
    return requireNonNull(answer);
  }

  /// Sends a request and returns its answer, which is the only one.
  Answer ask(Packet packet) {
    send(packet);
    Answer answer = await();
    assertThat(answer.id()).isEqualTo(id);
    assertThat(answers).isEmpty();
    return answer;
  }

  Answer open(String path, int flags) {
    return ask(request(Packet.OPEN).string(path).u32(flags).plain());
  }

  Answer openDirectory(String path) {
    return ask(request(Packet.OPENDIR).string(path));
  }

  Answer read(byte[] handle, long offset, int length) {
    return ask(request(Packet.READ).string(handle).u64(offset).u32(length));
  }

  Answer write(byte[] handle, long offset, byte[] data) {
    return ask(request(Packet.WRITE).string(handle).u64(offset).string(data));
  }

  Answer close(byte[] handle) {
    return ask(request(Packet.CLOSE).string(handle));
  }

  /// For requests with nothing but paths or handles.
  Answer ask(int type, String... paths) {
    Packet packet = request(type);
    for (String path : paths) {
      packet.string(path);
    }
    return ask(packet);
  }

  @Override
  public void execute(Runnable task) {
    work.add(task);
  }

  @Override
  public void send(ByteBuffer packet) {
    assertThat(packet.hasArray()).isTrue();
    pending += stuck ? packet.remaining() : 0;
    sends++;
    answers.addAll(Answer.all(packet));
  }

  @Override
  public long pending() {
    return pending;
  }

  @Override
  public void consumed(int bytes) {
    consumed += bytes;
  }

  @Override
  public void fail(String reason) {
    assertThat(failure).as("fails once").isNull();
    failure = reason;
  }
}
