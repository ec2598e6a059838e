package dev.wings.docker.internal.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.PullListener;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.testing.FakeEngine;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// The pull policy against a scripted engine.
class ImagesTest {
  private static final String PULL = "POST /images/create";
  private static final String LOOK = "GET /images/games/yolk:21/json";

  @TempDir Path directory;
  private final AtomicLong nanos = new AtomicLong(1);
  private final List<String> heard = new ArrayList<>();
  private FakeEngine fake;
  private EngineClient client;

  @BeforeEach
  void start() throws IOException {
    fake = new FakeEngine(directory);
    client = new EngineClient(new EngineAddress.Local(fake.socket()));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    fake.close();
  }

  private Images images(String... changes) {
    return new Images(
        new EngineCommands(client),
        LiveConfig.fixed(TestNode.config(directory, changes)),
        new PullTimings(
            Duration.ofMillis(400), List.of(Duration.ofMillis(5), Duration.ofMillis(10))),
        nanos::get);
  }

  private final PullListener listener =
      new PullListener() {
        @Override
        public void started(String image) {
          heard.add("started " + image);
        }

        @Override
        public void layerProgress(String layer, boolean extracting, long processed, long total) {
          heard.add((extracting ? "extract " : "load ") + layer + " " + processed + "/" + total);
        }

        @Override
        public void layerCompleted(String layer) {
          heard.add("completed " + layer);
        }

        @Override
        public void statusLine(String line) {
          heard.add("line " + line);
        }

        @Override
        public void failed(String message, boolean localImageUsed) {
          heard.add("failed " + localImageUsed + " " + message);
        }

        @Override
        public void finished(String image) {
          heard.add("finished " + image);
        }
      };

  private void pullSucceeds() {
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          response.chunk("{\"status\":\"Pull complete\",\"id\":\"a1\"}\r\n");
          response.endChunks();
        });
  }

  private void localCopyExists() {
    fake.on(LOOK, (_, response) -> response.json(200, "{}"));
  }

  @Test
  @Proves("DK-06")
  void reportsProgressPerLayer() {
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          response.chunk(
              "{\"status\":\"Pulling from games/yolk\",\"id\":\"21\"}\r\n{\"status\":\"Downl");
          response.chunk(
              "oading\",\"progressDetail\":{\"current\":512,\"total\":2048},\"id\":\"a1\"}\r\n");
          response.chunk(
              "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"a1\"}\r\n");
          response.chunk(
              "{\"status\":\"Extracting\",\"progressDetail\":{\"current\":9,\"total\":0},\"id\":\"a1\"}\r\n");
          response.chunk("{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"a1\"}\r\n");
          response.endChunks();
        });

    images().ensure("games/yolk:21", listener);

    assertThat(heard)
        .containsExactly(
            "started games/yolk:21",
            "line Pulling from games/yolk",
            "load a1 512/2048",
            "line Downloading [=========>" + " ".repeat(29) + "] 25.00% 2.0 KiB",
            "completed a1",
            "line Download complete",
            "extract a1 9/0",
            "line Extracting [>" + " ".repeat(39) + "] 0.00%",
            "completed a1",
            "line Pull complete",
            "finished games/yolk:21");
    assertThat(fake.requests(PULL).getFirst().query())
        .containsEntry("fromImage", "games/yolk")
        .containsEntry("tag", "21");
    assertThat(fake.requests(PULL).getFirst().headers()).doesNotContainKey("x-registry-auth");
  }

  @ParameterizedTest
  @ValueSource(strings = {"games/yolk~", "~games/yolk", "games/yolk:21~~"})
  void neverPullsLocalImages(String image) {
    images().ensure(image, listener);

    assertThat(fake.requests(".*")).isEmpty();
    assertThat(heard).isEmpty();
  }

  @Test
  void skipsThePullWhileItIsFreshAndTheImageIsThere() {
    pullSucceeds();
    localCopyExists();
    Images images = images();
    images.ensure("games/yolk:21", listener);
    nanos.addAndGet(Duration.ofSeconds(299).toNanos());
    images.ensure("games/yolk:21", listener);
    assertThat(fake.requests(PULL)).hasSize(1);

    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    images.ensure("games/yolk:21", listener);
    assertThat(fake.requests(PULL)).hasSize(2);

    fake.on(LOOK, (_, response) -> response.json(404, "{}")); // removed by hand
    images.ensure("games/yolk:21", listener);
    assertThat(fake.requests(PULL)).hasSize(3);
  }

  @Test
  void pullsEachTimeWithoutTheCache() {
    pullSucceeds();
    localCopyExists();
    Images images = images("/docker/registry_image_fetch_cache/enabled", "false");
    images.ensure("games/yolk:21", listener);
    images.ensure("games/yolk:21", listener);

    assertThat(fake.requests(PULL)).hasSize(2);
  }

  @Test
  void refreshesInTheBackgroundWhenAsked() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    localCopyExists();
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          release.await();
          response.endChunks();
        });
    Images images = images("/docker/registry_image_fetch_cache/background_refresh", "true");

    images.ensure("games/yolk:21", listener);
    images.ensure("games/yolk:21", listener);

    await().until(() -> fake.requests(PULL).size() == 1);
    release.countDown();
    assertThat(heard).isEmpty();
  }

  @Test
  @Proves("DK-06")
  void startsFromTheLocalCopyWhenTheRegistryIsAway() {
    localCopyExists();
    fake.on(PULL, (_, response) -> response.json(500, "{\"message\":\"dial tcp: no such host\"}"));

    images().ensure("games/yolk:21", listener);

    assertThat(fake.requests(PULL)).hasSize(1);
    assertThat(heard)
        .containsExactly(
            "started games/yolk:21",
            "failed true pulling the image: dial tcp: no such host",
            "finished games/yolk:21");
  }

  @Test
  @Proves("DK-06")
  void triesAgainWhenTheRegistryLimitsUsOrCutsALayerShort() {
    AtomicInteger calls = new AtomicInteger();
    fake.on(
        PULL,
        (_, response) -> {
          switch (calls.incrementAndGet()) {
            case 1 ->
                response.json(
                    200,
                    "{\"errorDetail\":{\"code\":429,\"message\":\"toomanyrequests: slow"
                        + " down\"},\"error\":\"x\"}\n");
            case 2 -> {
              response.startChunks();
              response.raw("ff\r\n{\"status\":\"Downlo"); // the connection ends here
            }
            default -> {
              response.startChunks();
              response.endChunks();
            }
          }
        });

    images().ensure("games/yolk:21", listener);

    assertThat(calls).hasValue(3);
    assertThat(heard)
        .endsWith("finished games/yolk:21")
        .noneMatch(line -> line.startsWith("failed"));
  }

  @Test
  @Proves("DK-06")
  void doesNotRepeatWhatStaysRefused() {
    fake.on(
        PULL,
        (_, response) ->
            response.json(500, "{\"message\":\"unauthorized: incorrect username or password\"}"));

    assertThatThrownBy(() -> images().ensure("games/yolk:21", listener))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM))
        .hasMessageContaining("unauthorized");
    assertThat(fake.requests(PULL)).hasSize(1);
    assertThat(heard).hasSize(2).last().asString().startsWith("failed false");
  }

  @Test
  @Proves("DK-06")
  void givesUpAPullWithoutProgress() {
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          response.chunk("{\"status\":\"Waiting\",\"id\":\"a1\"}\n");
          response.hang();
        });

    assertThatThrownBy(() -> images().ensure("games/yolk:21", listener))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("in time");
    assertThat(fake.requests(PULL)).hasSize(3);
  }

  @Test
  @Proves({"DK-06", "RB-02"})
  void anInterruptCancelsThePullAtOnce() throws Exception {
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          response.hang();
        });
    Images images =
        new Images(
            new EngineCommands(client),
            LiveConfig.fixed(TestNode.config(directory)),
            PullTimings.DEFAULT,
            nanos::get);
    CompletableFuture<WingsException> failure = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                images.ensure("games/yolk:21", listener);
              } catch (WingsException e) {
                failure.complete(e);
              }
            });
    await().until(() -> fake.requests(PULL).size() == 1);

    caller.interrupt();

    assertThat(failure.get(5, TimeUnit.SECONDS).kind()).isEqualTo(ErrorKind.IMPOSSIBLE);
    pullSucceeds(); // and the next start pulls anew
    images.ensure("games/yolk:21", PullListener.NONE);
    assertThat(fake.requests(PULL)).hasSize(2);
  }

  @Test
  @Proves("DK-06")
  void concurrentStartsShareOnePullAndOneOfThemMayLeave() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    fake.on(
        PULL,
        (_, response) -> {
          response.startChunks();
          release.await();
          response.endChunks();
        });
    Images images = images("/docker/registry_image_fetch_cache/enabled", "false");
    AtomicInteger begun = new AtomicInteger();
    PullListener counting =
        new PullListener() {
          @Override
          public void started(String image) {
            begun.incrementAndGet();
          }
        };
    CountDownLatch done = new CountDownLatch(3);
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  images.ensure("games/yolk:21", counting);
                  done.countDown();
                } catch (WingsException e) {
                  assertThat(e.kind()).isEqualTo(ErrorKind.IMPOSSIBLE);
                }
              }));
    }
    await().until(() -> begun.get() == 4);

    callers.getFirst().interrupt();
    callers.getFirst().join();
    release.countDown();

    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(fake.requests(PULL)).hasSize(1);
  }

  @Test
  @Proves("LG-04")
  void credentialsReachNeitherLogNorListenerNorError() {
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    Level before = root.getLevel();
    events.start();
    root.addAppender(events);
    root.setLevel(Level.TRACE);
    fake.on(PULL, (_, response) -> response.json(500, "{\"message\":\"dial tcp: refused\"}"));
    try {
      Images images =
          images(
              "/docker/registries",
              "{\"games.test\":{\"username\":\"canary-user\",\"password\":\"canary-password\"}}");
      assertThatThrownBy(() -> images.ensure("games.test/yolk", listener))
          .hasMessageNotContaining("canary")
          .hasStackTraceContaining("dial tcp");
    } finally {
      root.setLevel(before);
      root.detachAppender(events);
    }

    String header = fake.requests(PULL).getFirst().headers().getOrDefault("x-registry-auth", "?");
    assertThat(header).hasSizeGreaterThan(20);
    assertThat(events.list)
        .isNotEmpty()
        .allSatisfy(event ->
            assertThat(
                    event.getFormattedMessage()
                        + event.getKeyValuePairs()
                        + ThrowableProxyUtil.asString(event.getThrowableProxy()))
                .doesNotContain("canary", header));
    assertThat(heard.toString()).doesNotContain("canary", header);
  }

  @Test
  @Proves("CT-09")
  void sendsCredentialsWithTheRequest() throws IOException {
    pullSucceeds();
    images("/docker/registries", "{\"games.test:5000\":{\"username\":\"u\",\"password\":\"p\"}}")
        .ensure("games.test:5000/yolk", listener);

    FakeEngine.Request request = fake.requests(PULL).getFirst();
    assertThat(request.query())
        .containsEntry("fromImage", "games.test:5000/yolk")
        .containsEntry("tag", "latest");
    JsonNode auth =
        Json.mapper()
            .readTree(Base64.getUrlDecoder().decode(request.headers().get("x-registry-auth")));
    assertThat(auth.path("username").asText()).isEqualTo("u");
    assertThat(auth.path("password").asText()).isEqualTo("p");
    assertThat(auth.path("serveraddress").asText()).isEqualTo("games.test:5000");
  }
}
