package dev.wings.daemon.api.files;

import static dev.wings.daemon.api.files.FileVerbs.body;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Canary;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A process of the server exchanges a directory with links to a canary outside at full speed while
/// requests go through that directory. `-Dwings.race.millis=N` sets how long each verb is tried.
class FileRacesTest {
  private static final Duration EACH = Duration.ofMillis(Long.getLong("wings.race.millis", 150));
  private static final String INSIDE = "target/" + Canary.MARKER;
  private static final String SUB = Canary.MARKER + "-sub";

  @TempDir Path temporary;

  private Path volume;
  private Canary canary;
  private FileApi api;
  private FileVerbs verbs;
  private volatile boolean over;
  private final AtomicLong exchanges = new AtomicLong();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

  @BeforeEach
  void start() throws IOException {
    Path data = temporary.toRealPath();
    api = new FileApi(data);
    api.config.set("api.max_jwt_uses", 0);
    verbs = new FileVerbs(api);
    volume = api.file("").normalize();
    canary = new Canary(data, volume, data.resolve(".history"), data.resolve(".staging"));
    Files.createDirectories(volume.resolve("target"));
    Files.createSymbolicLink(volume.resolve("evil"), canary.directory());
    Files.createSymbolicLink(volume.resolve("relative"), Path.of("../canary"));
    api.write("pack/" + Canary.MARKER, "packed");
    api.write("pack/" + SUB + "/" + Canary.MARKER + "-inner", "packed");
    verbs.post(
        "/compress",
        body("root", "pack", "name", "pack.tar", "format", "tar")
            .set("files", FileVerbs.list(Canary.MARKER, SUB)));
  }

  @AfterEach
  void stop() throws IOException {
    api.volume.clear();
    api.close();
  }

  private void exchange() {
    byte[] target = "target".getBytes(UTF_8);
    byte[][] links = {"evil".getBytes(UTF_8), "relative".getBytes(UTF_8)};
    try (Descriptor directory = Linux.open(volume.toString(), Linux.O_PATH)) {
      for (int i = 0; !over; i++) {
        Linux.renameatExchange(directory, target, directory, links[i % 2]);
        Linux.renameatExchange(directory, target, directory, links[i % 2]);
        exchanges.addAndGet(2);
      }
    } catch (LinuxException e) {
      failure.set(e);
    }
  }

  private Map<String, Supplier<Answer>> requests() {
    Map<String, Supplier<Answer>> requests = new LinkedHashMap<>();
    for (String verb : List.of("write", "slice name", "upload name", "copy name", "rename to")) {
      put(requests, verb, INSIDE);
    }
    for (String verb : List.of("contents", "lines", "download file", "copy path", "rename from")) {
      put(requests, verb, INSIDE);
    }
    for (String verb :
        List.of(
            "list",
            "search",
            "search names",
            "fingerprints",
            "sizes",
            "stat",
            "download directory",
            "download files",
            "create-directory root",
            "create-symlink root",
            "copy-many root",
            "compress root",
            "compress files",
            "upload directory",
            "slice directory",
            "chmod root",
            "delete root")) {
      put(requests, verb, "target");
    }
    put(requests, "compress name", "target/made");
    put(requests, "copy tree", "target/tree");
    requests.put(
        "decompress",
        () -> verbs.post("/decompress", body("root", "target", "file", "../pack/pack.tar")));
    requests.put(
        "chmod tree",
        () -> {
          var mode = body("file", "target", "mode", "777").put("recursive", true);
          return verbs.post("/chmod", body("root", "").set("files", FileVerbs.list(mode)));
        });
    put(requests, "chmod", INSIDE);
    put(requests, "delete", "target/" + SUB);
    put(requests, "delete", INSIDE);
    return requests;
  }

  private void put(Map<String, Supplier<Answer>> requests, String verb, String name) {
    FileVerbs.Verb known = verbs.reading().get(verb);
    FileVerbs.Verb run = known == null ? requireNonNull(verbs.writing().get(verb), verb) : known;
    requests.put(verb + " " + name, () -> run.run(name));
  }

  @Test
  @Proves({"FS-02", "FS-03", "FS-05"})
  void noRequestReachesWhatADirectoryIsExchangedWith() throws Exception {
    Map<String, Supplier<Answer>> requests = requests();
    Map<String, TreeMap<Integer, Integer>> statuses = new TreeMap<>();
    List<String> findings = new ArrayList<>();
    Thread exchanger = Thread.ofPlatform().start(this::exchange);
    try {
      long end = System.nanoTime() + EACH.multipliedBy(requests.size()).toNanos();
      do {
        requests.forEach((verb, request) -> {
          Answer answer = request.get();
          statuses
              .computeIfAbsent(verb, _ -> new TreeMap<>())
              .merge(answer.status(), 1, Integer::sum);
          if (answer.text().contains(Canary.SECRET)) {
            findings.add(verb + " read the canary: " + answer.text());
          }
          if (answer.status() >= 500 && !verb.startsWith("create-directory")) {
            findings.add(verb + ": " + answer.status() + " " + answer.text());
          }
        });
      } while (System.nanoTime() < end);
    } finally {
      over = true;
      exchanger.join();
    }

    LoggerFactory.getLogger(FileRacesTest.class)
        .info("{} exchanges; answers: {}", exchanges, statuses);
    assertThat(failure.get()).isNull();
    assertThat(findings).isEmpty();
    assertThat(canary.snapshot()).isEqualTo(canary.before());
    assertThat(filesWithTheSecret()).isEmpty();
    TreeMap<Integer, Integer> lists = statuses.get("list target");
    assertThat(lists).as("both states were met").containsKey(200);
  }

  private List<Path> filesWithTheSecret() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(volume)) {
      for (Path file : (Iterable<Path>) tree.filter(Files::isRegularFile)::iterator) {
        if (file.toString().contains(Canary.SECRET)
            || (!Files.isSymbolicLink(file)
                && Files.readString(file, ISO_8859_1).contains(Canary.SECRET))) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
