package dev.wings.fs.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.WingsException;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Operations;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.view.FileViews;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PullsTest {
  private static final UUID ID = new UUID(7, 7);
  private static final int MIB = 1 << 20;

  @TempDir private Path host;
  private Volume volume;
  private FakeServer server;
  private Path files;
  private Origin origin;
  private Network network;
  private Pulls pulls;
  private final AtomicBoolean disabled = new AtomicBoolean();
  private LimitsConfig limits = new LimitsConfig(3, 0);

  @BeforeEach
  void setUp() throws IOException {
    volume = new Volumes(VolumeSettings.of(host.resolve("volumes"), 4711, 4712)).of(ID);
    volume.prepare();
    server = new FakeServer(FakeServer.definition(ID, "one"), volume, InstantSource.system());
    files = Path.of(volume.hostPath());
    serve((_, reply) -> reply.ok("content"));
  }

  @AfterEach
  void tearDown() throws IOException {
    server.operations().abortAll();
    origin.close();
    volume.close();
  }

  private void serve(Origin.Handler handler) throws IOException {
    if (origin != null) {
      origin.close();
    }
    origin = new Origin(handler);
    network = new Network(origin.port()).name("files.example", List.of("93.184.216.34"));
    pulls = new Pulls(network.client(), disabled::get, () -> limits, new Random(1));
  }

  private PullRequest request(String root, String url, @Nullable String fileName) {
    return new PullRequest(root, url, fileName, false, views(PathFilter.NONE));
  }

  private FileViews views(PathFilter ignored) {
    return FileViews.of(server, ignored);
  }

  private String pull(PullRequest request) throws IOException, InterruptedException {
    return pulls.start(server, request).await();
  }

  private List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  /// Until the pull's own thread has cleaned up, which an abort does not wait for.
  private void awaitNames(String... expected) throws IOException {
    while (!names(files).equals(List.of(expected))) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aFileArrivesWithOwnerAndProgress() throws Exception {
    Operations.Running<String> running =
        pulls.start(server, request("new/dir", "http://files.example/a/b.txt?x=1", null));

    assertThat(running.await()).isEqualTo("new/dir/b.txt");

    Path file = files.resolve("new/dir/b.txt");
    assertThat(file).hasContent("content");
    assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(4711);
    assertThat(names(files.resolve("new/dir"))).containsExactly("b.txt");
    assertThat(running.status().operation()).isEqualTo(new Operation.Pull("new/dir/b.txt"));
    assertThat(running.status().bytesProcessed()).isEqualTo(7);
    assertThat(running.status().bytesTotal()).isEqualTo(7);
    assertThat(server.operations().list()).isEmpty();
  }

  @Test
  void anExistingFileIsReplacedAndKeepsItsMode() throws Exception {
    Files.writeString(files.resolve("run.sh"), "old and longer content");
    Files.setPosixFilePermissions(
        files.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x---"));
    Files.createSymbolicLink(files.resolve("link"), Path.of("run.sh"));

    pull(request("/", "http://files.example/x", "link"));

    assertThat(files.resolve("run.sh")).hasContent("content");
    assertThat(Files.getPosixFilePermissions(files.resolve("run.sh")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
    assertThat(files.resolve("link")).isSymbolicLink();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      quoteCharacter = '`',
      value = {
        // asked | header | use header | path | name
        "a.jar | attachment; filename=h.jar | true | /u.jar | a.jar",
        "- | attachment; filename=h.jar | true | /u.jar | h.jar",
        "- | attachment; filename=h.jar | false | /u.jar | u.jar",
        "- | attachment; filename=\"h h.jar\" | true | /u.jar | h h.jar",
        "- | attachment; filename=\"a\\\"b;c.jar\"; size=1 | true | /u.jar | a\"b;c.jar",
        "- | attachment; filename=plain; filename*=UTF-8''na%C3%AFve%20f.txt | true | /u | naïve"
            + " f.txt",
        "- | attachment; filename*=iso-8859-1'en'%A3.txt | true | /u | £.txt",
        "- | attachment; filename*=UTF-8''%FF%FE; filename=plain | true | /u | plain",
        "- | attachment; FileName = spaced.txt | true | /u | spaced.txt",
        "- | inline | true | /u.jar | u.jar",
        "- | attachment; filename= | true | /u.jar | u.jar",
        "- | attachment; filename=../../evil | true | /u.jar | u.jar",
        "- | attachment; filename=/etc/passwd | true | /u.jar | u.jar",
        "- | attachment; filename=.. | true | /u.jar | u.jar",
        "- | attachment; filename=\"..\\\\..\\\\evil\" | true | /u.jar | u.jar",
        "- | attachment; filename*=UTF-8''..%2Fevil | true | /u.jar | u.jar",
        "- | attachment; filename*=UTF-8''a%00b | true | /u.jar | u.jar",
        "- | attachment; filename=.wings-staging-x | true | /u.jar | u.jar",
        "- | - | true | /dir/World%20One.zip | World One.zip",
        "- | - | true | /a%2Fb | a%2Fb",
        "- | - | true | /%2e%2e | %2e%2e",
        "- | - | true | /%FF | %FF",
        "- | - | true | /redirected | final.bin",
        "- | - | true | / | download_",
        "- | - | true | /dir/ | download_",
        "- | - | true | /dir/.. | download_"
      })
  void theNameIsFoundInOrder(
      @Nullable String asked, @Nullable String header, boolean useHeader, String path, String name)
      throws Exception {
    serve((at, reply) -> {
      if (at.equals("/redirected")) {
        reply.redirect(302, "/elsewhere/final.bin?token=x");
      } else if (header == null) {
        reply.ok("x");
      } else {
        reply.ok(
            "x",
            "Content-Disposition: "
                + new String(header.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
      }
    });

    String stored =
        pull(
            new PullRequest(
                "d", "http://files.example" + path, asked, useHeader, views(PathFilter.NONE)));

    if (name.equals("download_")) {
      assertThat(stored).matches("d/download_[A-Za-z0-9]{8}");
    } else {
      assertThat(stored).isEqualTo("d/" + name);
    }
    assertThat(names(files)).containsExactly("d");
    assertThat(names(files.resolve("d"))).containsExactly(stored.substring(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "/a", "../a", ".wings-staging-1", "a\0b", "\ud800"})
  void aNameThatIsNoneIsRefused(String name) throws Exception {
    assertThatThrownBy(() -> pull(request("", "http://files.example/x", name)))
        .isInstanceOf(CreateException.class)
        .hasMessage("invalid file name");
    assertThat(network.attempts()).isEmpty();
    assertThat(names(files)).isEmpty();
  }

  @Test
  void whatIsInTheWayIsNamed() throws Exception {
    Files.writeString(files.resolve("file"), "x");
    Files.createDirectory(files.resolve("dir"));
    String url = "http://files.example/dir";

    assertThatThrownBy(() -> pull(request("file", url, null)))
        .isInstanceOf(WingsException.class)
        .hasMessage("root is not a directory");
    assertThatThrownBy(() -> pull(request("file/below", url, null)))
        .hasMessageNotContaining(host.toString());
    assertThatThrownBy(() -> pull(request("", url, "dir")))
        .isInstanceOf(WingsException.class)
        .hasMessage("file is not a file");
    assertThat(network.attempts()).isEmpty();
    assertThatThrownBy(() -> pull(request("", url, null)))
        .isInstanceOf(CreateException.class)
        .hasMessage("file is not a file");
    assertThat(names(files)).containsExactly("dir", "file");
  }

  @Test
  void hiddenPlacesAreRefused() throws Exception {
    PathFilter filter =
        (path, _) -> path.contains("secret") ? PathFilter.Verdict.SKIP : PathFilter.Verdict.KEEP;
    PullRequest root =
        new PullRequest("secret", "http://files.example/x", null, false, views(filter));
    assertThatThrownBy(() -> pull(root)).hasMessage("path not found");
    PullRequest target =
        new PullRequest("", "http://files.example/secret.txt", null, false, views(filter));
    assertThatThrownBy(() -> pull(target))
        .isInstanceOf(CreateException.class)
        .hasMessage("file not found");
    assertThat(names(files)).isEmpty();
  }

  @Test
  void aRemoteRefusalIsToldBeforeTheOperationBegins() throws Exception {
    serve((_, reply) -> reply.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    assertThatThrownBy(() -> pulls.start(server, request("", "http://files.example/x", null)))
        .isInstanceOf(CreateException.class)
        .hasMessage("failed to download file: code 404");
    assertThatThrownBy(() -> pulls.query("http://files.example/x"))
        .hasMessage("failed to query download URL: code 404");
    assertThatThrownBy(() -> pulls.start(server, request("", "http://10.0.0.1/secret", null)))
        .hasMessage("IP address 10.0.0.1 is blocked");
    assertThat(names(files)).isEmpty();
  }

  @Test
  void disabledPullsConnectNowhere() {
    disabled.set(true);
    assertThatThrownBy(() -> pull(request("", "http://files.example/x", null)))
        .isInstanceOf(WingsException.class)
        .hasMessage("remote pulling is disabled");
    assertThatThrownBy(() -> pulls.query("http://files.example/x"))
        .hasMessage("remote pulling is disabled");
    assertThat(network.attempts()).isEmpty();
    assertThat(network.lookups()).isEmpty();
  }

  @Test
  @Proves({"QU-01", "DF-03", "SR-04"})
  void aPullIsChargedWhileItIsWrittenAndLeavesNothingWhenItDoesNotFit() throws Exception {
    Files.writeString(volume.root().resolve("world.zip"), "precious");
    volume.scan();
    volume.limit(4L * MIB);
    byte[] megabyte = new byte[MIB];
    long used = volume.usedBytes();
    serve((path, reply) -> {
      reply.send("HTTP/1.1 200 OK\r\n\r\n");
      while (true) {
        reply.send(megabyte);
      }
    });

    assertThatThrownBy(() -> pull(request("", "http://files.example/endless", "world.zip")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("disk");

    assertThat(names(files)).containsExactly("world.zip");
    assertThat(files.resolve("world.zip")).hasContent("precious");
    assertThat(origin.written()).isLessThan(64L * MIB);
    volume.scan();
    assertThat(volume.usedBytes()).isEqualTo(used);
  }

  @Test
  @Proves("QU-01")
  void theLastByteThatFitsFitsAndTheNextDoesNot() throws Exception {
    for (int size : new int[] {MIB - 1, MIB, MIB + 1}) {
      volume.clear();
      volume.limit(MIB);
      serve((_, reply) -> reply.ok("x".repeat(size)));
      PullRequest request = request("", "http://files.example/f", null);
      if (size <= MIB) {
        pull(request);
        assertThat(Files.size(files.resolve("f"))).isEqualTo(size);
      } else {
        assertThatThrownBy(() -> pull(request)).isInstanceOf(IOException.class);
        assertThat(names(files)).isEmpty();
      }
    }
  }

  @Test
  @Proves("DF-03")
  void aConnectionThatBreaksAnywhereLeavesNothing() throws Exception {
    Random random = new Random(20261125);
    for (int i = 0; i < 20; i++) {
      int cut = random.nextInt(600_000);
      serve((_, reply) ->
          reply.send("HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n").send(new byte[cut]));
      assertThatThrownBy(() -> pull(request("", "http://files.example/f", null)))
          .as("cut at " + cut)
          .isInstanceOf(FetchException.class)
          .hasMessage("the remote server ended the transfer early");
      assertThat(names(files)).isEmpty();
    }
  }

  @Test
  @Proves({"SR-04", "DF-03"})
  void anAbortedPullEndsAlthoughTheServerIsSilent() throws Exception {
    Files.writeString(files.resolve("f"), "before");
    serve((_, reply) -> {
      reply.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").send(new byte[1000]);
      new CountDownLatch(1).await();
    });
    Operations.Running<String> running =
        pulls.start(server, request("", "http://files.example/f", null));
    while (running.status().bytesProcessed() < 1000) {
      Thread.onSpinWait();
    }
    assertThat(running.status().bytesTotal()).isEqualTo(1_000_000);
    assertThat(names(files)).hasSize(2);

    assertThat(server.operations().abort(running.id())).isTrue();

    assertThatThrownBy(running::await).isInstanceOf(OperationAbortedException.class);
    awaitNames("f");
    assertThat(files.resolve("f")).hasContent("before");
  }

  @Test
  @Proves("SR-04")
  void aServerHasNoMoreConnectionsThanItMayHavePulls() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger connected = new AtomicInteger();
    CountDownLatch three = new CountDownLatch(3);
    serve((_, reply) -> {
      connected.incrementAndGet();
      three.countDown();
      go.await();
      reply.ok("x");
    });
    FakeServer other =
        new FakeServer(
            FakeServer.definition(new UUID(8, 8), "two"), volume, InstantSource.system());
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> started = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        PullRequest request = request("", "http://files.example/f" + i, null);
        started.add(callers.submit(() -> pull(request)));
      }
      three.await(); // all wait for headers: none is an operation yet

      assertThatThrownBy(() -> pull(request("", "http://files.example/more", null)))
          .isInstanceOf(WingsException.class)
          .hasMessage("too many concurrent pulls");
      assertThat(connected).hasValue(3);
      Future<String> others =
          callers.submit(
              () -> pulls.start(other, request("", "http://files.example/o", null)).await());

      go.countDown();
      for (Future<String> one : started) {
        one.get();
      }
      others.get();
    }
    assertThat(pull(request("", "http://files.example/more", null))).isEqualTo("more");
    limits = new LimitsConfig(0, 0);
    assertThat(pull(request("", "http://files.example/more", null))).isEqualTo("more");
    assertThat(names(files)).containsExactly("f0", "f1", "f2", "more", "o");
  }

  @Test
  void runningOperationsCountToo() throws Exception {
    limits = new LimitsConfig(3, 1);
    CountDownLatch end = new CountDownLatch(1);
    Operations.Running<Boolean> busy =
        server
            .operations()
            .start(
                new Operation.Copy("a", "b"),
                _ -> {
                  end.await();
                  return true;
                });
    assertThatThrownBy(() -> pull(request("", "http://files.example/x", null)))
        .hasMessage("too many concurrent operations");
    assertThat(network.attempts()).isEmpty();
    end.countDown();
    busy.await();
  }

  @Test
  void aQueryReadsHeadersOnly() throws Exception {
    serve((path, reply) -> {
      if (path.equals("/a")) {
        reply.redirect(301, "/b");
        return;
      }
      reply.send(
          "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"x y.zip\"\r\n"
              + "Content-Length: 18000000000\r\nX-Two: 1\r\nx-two: 2\r\n\r\n");
      while (true) {
        reply.send(new byte[MIB]);
      }
    });

    UrlInfo info = pulls.query("http://files.example/a");

    assertThat(info.fileName()).contains("x y.zip");
    assertThat(info.fileSize()).hasValue(18_000_000_000L);
    assertThat(info.finalUrl()).isEqualTo("http://files.example/b");
    assertThat(info.headers())
        .containsEntry("x-two", "1, 2")
        .containsEntry("content-length", "18000000000");
    assertThat(origin.written()).isLessThan(64L * MIB);
  }
}
