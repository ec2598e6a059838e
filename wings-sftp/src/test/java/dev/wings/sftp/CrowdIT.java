package dev.wings.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many files, many sessions, and transfers that break off.
@Timeout(120)
class CrowdIT {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int BYTES = 6_000_000;
  private static final int ENOUGH = 600_000;
  private static final int SLOW_KBITS = 12_000;
  private static final int SILENT = 12;

  /// Four for files, a timer, and one more for its I/O than there are processors.
  private static final int ITS_OTHER_THREADS = 6;

  @TempDir Path directory;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start(directory, TestServer.roomy());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Programs programs() throws Exception {
    Programs.require("sftp", "openssh-client");
    return new Programs(server, directory);
  }

  private static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void tenThousandSmallFilesArrive() throws Exception {
    Programs programs = programs();
    for (int i = 0; i < 10_000; i++) {
      Path file = programs.local().resolve("tree/" + i % 50 + "/file " + i);
      if (i < 50) {
        Files.createDirectories(file.getParent());
      }
      Files.writeString(file, "content of " + i);
    }

    Programs.Outcome outcome = programs.sftp("put -r tree\n");

    assertThat(outcome.status()).as(outcome.output()).isZero();
    for (int i = 0; i < 10_000; i++) {
      Path file = server.files().resolve("tree/" + i % 50 + "/file " + i);
      assertThat(Files.readString(file)).isEqualTo("content of " + i);
    }
    try (Stream<Path> all = Files.walk(server.files().resolve("tree"))) {
      assertThat(all.count()).isEqualTo(10_000 + 50 + 1);
    }
  }

  /// Starts a transfer at a low rate and kills the client in the middle of it.
  private void breakOff(Programs programs, String command, Path growing) throws Exception {
    List<String> slow = new ArrayList<>(programs.openSsh("sftp"));
    slow.addAll(List.of("-l", String.valueOf(SLOW_KBITS), "-b", "-", Programs.host()));
    Path output = Files.createFile(directory.resolve("broken"));
    Process client = programs.start(output, command + "\n", slow);
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> {
            if (!client.isAlive()) {
              throw new AssertionError("too early: " + Files.readString(output));
            }
            return Files.exists(growing) && Files.size(growing) > ENOUGH;
          });
    } finally {
      client.descendants().forEach(ProcessHandle::destroyForcibly);
      client.destroyForcibly().waitFor();
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  private static void assertPart(Path file, byte[] contents) throws IOException {
    byte[] part = Files.readAllBytes(file);
    assertThat(part.length).isBetween(ENOUGH, contents.length - 1);
    assertThat(part).isEqualTo(Arrays.copyOf(contents, part.length));
  }

  @Test
  void anUploadThatBrokeOffIsResumed() throws Exception {
    Programs programs = programs();
    byte[] contents = random(BYTES, 40);
    Files.write(programs.local().resolve("big"), contents);
    Path uploaded = server.files().resolve("big");

    breakOff(programs, "put big", uploaded);
    assertPart(uploaded, contents);
    Programs.Outcome outcome = programs.sftp("reput big\n");

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(uploaded).hasBinaryContent(contents);
  }

  @Test
  void aDownloadThatBrokeOffIsResumed() throws Exception {
    Programs programs = programs();
    byte[] contents = random(BYTES, 41);
    Files.write(server.files().resolve("big"), contents);
    Path downloaded = programs.local().resolve("big");

    breakOff(programs, "get big", downloaded);
    assertPart(downloaded, contents);
    Programs.Outcome outcome = programs.sftp("reget big\n");

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(downloaded).hasBinaryContent(contents);
  }

  /// As many sessions as one user may have, and one each of others, all at once.
  @Test
  void sessionsOfOneUserAndOfManyDoNotMixUp() throws Exception {
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      users.add(TestServer.USER);
      String other = "user" + i + ".0000000" + i;
      server.password(other, TestServer.PASSWORD);
      users.add(other);
    }
    try (SshTestClient client = new SshTestClient(server.port());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<ClientSession> loggedIn = new ArrayList<>(); // one by one: so many attempts are few
      for (String user : users) {
        loggedIn.add(client.login(user, TestServer.PASSWORD));
      }
      List<Future<?>> sessions = new ArrayList<>();
      for (int i = 0; i < users.size(); i++) {
        int number = i;
        sessions.add(
            threads.submit(() -> {
              thereAndBack(client, loggedIn.get(number), number);
              return null;
            }));
      }
      for (Future<?> session : sessions) {
        session.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
    for (int i = 0; i < users.size(); i++) {
      assertThat(server.files().resolve("file" + i)).hasBinaryContent(random(500_000 + i, i));
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  private static void thereAndBack(SshTestClient client, ClientSession session, int number)
      throws Exception {
    ScriptedSftp first = new ScriptedSftp(client.channel(session, "session").opened());
    ScriptedSftp second = new ScriptedSftp(client.channel(session, "session").opened());
    byte[] contents = random(500_000 + number, number);
    first.upload("/file" + number, contents);
    assertThat(second.read("/file" + number, 0)).isEqualTo(contents);
  }

  /// Each asks for gigabytes and takes nothing; more of them than the server has threads for files.
  @Proves("SF-09")
  @Test
  void clientsThatNeverReadHoldNoThreadAndLittleMemory() throws Exception {
    Files.write(server.files().resolve("big"), random(4 << 20, 42));
    try (SshTestClient client = new SshTestClient(server.port())) {
      long used = usedHeap();
      for (int i = 0; i < SILENT; i++) {
        String user = "silent" + i + ".0000000a";
        server.password(user, TestServer.PASSWORD);
        RawChannel channel =
            client.channel(client.login(user, TestServer.PASSWORD), "session").opened();
        ScriptedSftp sftp = new ScriptedSftp(channel);
        byte[] handle = sftp.open("/big", ScriptedSftp.READING);
        channel.fallSilent();
        sftp.askToRead(handle, 5_000, 256 << 10);
      }

      ClientSession session = client.login(TestServer.USER, TestServer.PASSWORD);
      ScriptedSftp reader = new ScriptedSftp(client.channel(session, "session").opened());
      assertThat(reader.read("/big", 0)).hasSize(4 << 20);

      assertThat(usedHeap() - used).isLessThan(SILENT * (4L << 20));
      int processors = Runtime.getRuntime().availableProcessors();
      assertThat(serverThreads()).hasSizeLessThanOrEqualTo(processors + ITS_OTHER_THREADS);
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  private static List<String> serverThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("sshd-SshServer") || name.matches("(files|sftp) .*"))
        .toList();
  }

  /// After the collector has run.
  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Proves("SF-09")
  @Test
  void aClientThatOpensAHundredThousandHandlesGetsThirtyTwo() throws Exception {
    Files.writeString(server.files().resolve("file"), "text");
    try (SshTestClient client = new SshTestClient(server.port())) {
      ClientSession session = client.login(TestServer.USER, TestServer.PASSWORD);
      ScriptedSftp sftp = new ScriptedSftp(client.channel(session, "session").opened());

      assertThat(sftp.openManyTimes("/file", 100_000)).isEqualTo(32);

      assertThat(openDescriptors("/file")).isEqualTo(32);
      assertThat(sftp.realPath("/x")).isEqualTo("/x");
    }
    await().atMost(PATIENCE).until(() -> openDescriptors("/file") == 0);
  }

  private long openDescriptors(String path) throws IOException {
    Path file = server.files().resolve(path.substring(1)).toRealPath();
    long count = 0;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor) && target(descriptor).equals(file)) {
          count++;
        }
      }
    }
    return count;
  }

  private static Path target(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (NoSuchFileException closedMeanwhile) {
      return descriptor;
    }
  }
}
