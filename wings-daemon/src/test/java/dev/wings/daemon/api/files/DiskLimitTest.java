package dev.wings.daemon.api.files;

import static dev.wings.daemon.api.files.FileApi.encode;
import static dev.wings.daemon.api.files.FileVerbs.body;
import static dev.wings.daemon.api.files.FileVerbs.list;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every request that writes into a server, just below its disk limit, exactly at it and above.
class DiskLimitTest {
  private static final int SIZE = 300_000; // no multiple of any block
  private static final int WRITERS = 64;

  /// A write is charged by its bytes and what it took is known by its blocks, so each file may pass
  /// the limit by the rest of its last block. That is within the batch of 1 MiB that is documented.
  private static final int BLOCK = 4096;

  @TempDir Path data;
  private FileApi api;
  private FileVerbs verbs;
  private Path volume;
  private byte[] noise;

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
    api.config.set("api.max_jwt_uses", 0);
    verbs = new FileVerbs(api);
    volume = api.file("").normalize();
    noise = new byte[SIZE];
    new SplittableRandom(7).nextBytes(noise);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private BodyPublisher chunked() {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(noise));
  }

  private BodyPublisher form() {
    return BodyPublishers.concat(
        BodyPublishers.ofString(
            "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"new\"\r\n\r\n"),
        BodyPublishers.ofByteArray(noise),
        BodyPublishers.ofString("\r\n--b--\r\n"));
  }

  /// Requests that make `new` of [#SIZE] bytes.
  private Map<String, Supplier<Answer>> requests() {
    Map<String, Supplier<Answer>> requests = new LinkedHashMap<>();
    requests.put("write", () -> api.write("new", BodyPublishers.ofByteArray(noise)));
    requests.put("write chunked", () -> api.write("new", chunked()));
    requests.put(
        "upload",
        () ->
            api.send(
                api.builder(api.uploadLink(""))
                    .header("Content-Type", "multipart/form-data; boundary=b")
                    .POST(form())));
    requests.put(
        "slice",
        () ->
            api.send(
                api.builder(api.uploadLink("&file=" + encode("new")))
                    .header("Upload-Offset", "0")
                    .header("Upload-Complete", "?1")
                    .method("PATCH", BodyPublishers.ofByteArray(noise))));
    requests.put("copy", () -> verbs.post("/copy", body("path", "file", "name", "new")));
    requests.put(
        "copy-many",
        () ->
            verbs.post(
                "/copy-many",
                body("root", "").set("files", list(body("from", "file", "to", "new")))));
    for (String format : List.of("tar", "tar_gz", "zip")) {
      requests.put(
          "compress " + format,
          () ->
              verbs.post(
                  "/compress",
                  body("root", "", "name", "new", "format", format).set("files", list("file"))));
    }
    requests.put(
        "decompress",
        () -> verbs.post("/decompress", body("root", "out", "file", "../dir/packed.tar")));
    return requests;
  }

  private void plant() throws IOException {
    api.volume.limit(0);
    api.volume.clear();
    Files.createDirectories(volume.resolve("out"));
    Files.createDirectories(volume.resolve("dir"));
    Files.write(volume.resolve("dir/inner"), noise);
    Files.write(volume.resolve("file"), noise);
    Answer packed =
        verbs.post(
            "/compress",
            body("root", "dir", "name", "packed.tar", "format", "tar").set("files", list("inner")));
    assertThat(packed.status()).isEqualTo(200);
    api.volume.scan();
  }

  /// @return whether it was done
  private boolean run(String verb, Supplier<Answer> request, long limit) throws IOException {
    plant();
    api.volume.limit(limit);
    long before = api.volume.usedBytes();
    Answer answer = request.get();
    boolean done = answer.status() == 200;
    long used = api.volume.usedBytes();
    assertThat(used)
        .as(verb + " under " + limit)
        .isLessThanOrEqualTo(Math.max(before, limit + BLOCK));
    long counted = used;
    api.volume.scan();
    assertThat(api.volume.usedBytes()).as(verb + ": counted as it is").isEqualTo(counted);
    if (!done) {
      assertThat(answer.error()).as(verb).isNotEmpty();
      assertThat(answer.status()).as(verb + answer.error()).isIn(417, 500);
      assertThat(answer.error()).as(verb).doesNotContain("internal");
    }
    return done;
  }

  @Test
  @Proves({"QU-01", "DF-03"})
  void theLastByteCounts() throws IOException {
    for (Map.Entry<String, Supplier<Answer>> request : requests().entrySet()) {
      String verb = request.getKey();
      plant();
      long before = api.volume.usedBytes();
      Answer free = request.getValue().get();
      assertThat(free.status()).as(verb + free.text()).isEqualTo(200);
      long exact = before + bytesOf(verb.equals("decompress") ? "out/inner" : "new");
      assertThat(exact - before).as(verb).isGreaterThanOrEqualTo(SIZE);

      assertThat(run(verb, request.getValue(), exact - 1)).as(verb + " a byte short").isFalse();
      if (!verb.startsWith("copy")) { // of a copy, what was written stays
        assertThat(volume.resolve("new")).as(verb + ": partial product").doesNotExist();
      }
      assertThat(run(verb, request.getValue(), exact)).as(verb + " exactly").isTrue();
      assertThat(run(verb, request.getValue(), exact + 1)).as(verb + " with one more").isTrue();
      assertThat(run(verb, request.getValue(), before + 1)).as(verb + " when full").isFalse();
    }
  }

  @Test
  @Proves("QU-01")
  void manyWritersAtATimeStayBelowTheLimitTogether() throws Exception {
    api.volume.clear();
    api.volume.scan();
    long limit = api.volume.usedBytes() + 20L * SIZE; // a third of what they want
    api.volume.limit(limit);
    AtomicInteger done = new AtomicInteger();
    List<Thread> writers = new ArrayList<>();
    List<Integer> refusals = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < WRITERS; i++) {
      String name = "file" + i;
      boolean announced = i % 2 == 0;
      writers.add(
          Thread.ofVirtual()
              .start(() -> {
                Answer answer =
                    api.write(name, announced ? BodyPublishers.ofByteArray(noise) : chunked());
                if (answer.status() == 200) {
                  done.incrementAndGet();
                } else {
                  refusals.add(answer.status());
                }
              }));
    }
    long most = 0;
    for (Thread writer : writers) {
      while (!writer.join(Duration.ofMillis(5))) {
        most = Math.max(most, api.volume.usedBytes());
      }
    }

    most = Math.max(most, api.volume.usedBytes());
    assertThat(most).isLessThanOrEqualTo(limit + WRITERS * BLOCK);
    assertThat(bytesOf("") - BLOCK).isLessThanOrEqualTo(limit);
    assertThat(done.get()).isBetween(1, 20);
    assertThat(refusals)
        .hasSize(WRITERS - done.get())
        .allMatch(status -> status == 417 || status == 500);
    try (Stream<Path> files = Files.list(volume)) {
      assertThat(files.filter(file -> !Files.isDirectory(file))).hasSize(done.get());
    }
  }

  /// Sizes of everything at and below a path.
  private long bytesOf(String name) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.walk(volume.resolve(name))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        sum += Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? BLOCK : Files.size(file);
      }
    }
    return sum;
  }
}
