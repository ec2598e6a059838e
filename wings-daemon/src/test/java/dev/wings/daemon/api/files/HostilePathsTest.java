package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.wings.core.testing.Canary;
import dev.wings.core.testing.HostilePaths;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import dev.wings.daemon.api.files.FileVerbs.ListVerb;
import dev.wings.daemon.api.files.FileVerbs.Verb;
import dev.wings.fs.pull.AddressPolicy;
import dev.wings.fs.pull.Connector;
import dev.wings.fs.pull.FetchTimings;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Names that try to leave the server's directory, at every place of every file route, with a
/// canary beside the directory.
class HostilePathsTest {
  private static final int BATCH = 24;

  /// Every name with every verb takes half a minute: `-Dwings.hostile.stride=1`. Otherwise each
  /// verb gets a part of the names, and each name a part of the verbs; lists always hold all.
  private static final int STRIDE = Integer.getInteger("wings.hostile.stride", 4);

  @TempDir Path temporary;

  private Path data;
  private FileApi api;
  private FileVerbs verbs;
  private Path volume;
  private Canary canary;
  private HttpServer origin;
  private final List<String> findings = new ArrayList<>();
  private int requests;

  @BeforeEach
  void start() throws IOException {
    origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    origin.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 4);
            exchange.getResponseBody().write("mine".getBytes(UTF_8));
          }
        });
    origin.start();
    data = temporary.toRealPath();
    api = new FileApi(data, this::outgoing);
    verbs = new FileVerbs(api);
    volume = api.file("").normalize();
    Files.createDirectory(data.resolve("volume")); // the names mean to come through it
    canary = new Canary(data, volume, data.resolve(".history"), data.resolve(".staging"));
    api.config.set("api.max_jwt_uses", 0);
  }

  private GuardedHttpClient outgoing(Object config) {
    return new GuardedHttpClient(
        new AddressPolicy(List::of, AddressPolicy.Surroundings.NONE),
        _ -> List.of(InetAddress.ofLiteral("93.184.216.34")),
        (_, limit) -> Connector.DIRECT.connect(origin.getAddress(), limit),
        () -> {
          try {
            return SSLContext.getDefault();
          } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
          }
        },
        FetchTimings.STANDARD);
  }

  @AfterEach
  void stop() throws IOException {
    api.volume.clear(); // deeper than others can delete
    api.close();
    origin.stop(0);
  }

  private void plant() throws IOException {
    for (int attempt = 0; !planted(); attempt++) {
      if (attempt == 2) {
        throw new IllegalStateException("cannot plant");
      }
      api.volume.clear();
    }
  }

  /// @return whether everything is in its place
  private boolean planted() throws IOException {
    Path deep = volume.resolve("dir/deep/er");
    if (!Files.isDirectory(deep, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.exists(volume.resolve("dir"), LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      Files.createDirectories(deep);
    }
    for (Map.Entry<String, String> entry : HostilePaths.links(canary, volume).entrySet()) {
      Path link = volume.resolve(entry.getKey());
      if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of(entry.getValue()));
      } else if (!Files.isSymbolicLink(link)) {
        return false;
      }
    }
    Path file = volume.resolve("file");
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.writeString(file, "inside");
    }
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  private List<String> names() {
    return List.copyOf(HostilePaths.names(canary, NameCodec::decode));
  }

  /// @param sent what an answer may repeat
  private void check(String verb, Collection<String> sent, Answer answer) {
    requests++;
    String text = answer.text();
    boolean documented = // a component that is a file, or a name that is too long
        verb.startsWith("create-directory") && answer.status() == 500;
    if (answer.status() >= 500 && !documented) {
      findings.add(verb + " " + shown(sent) + ": " + answer.status() + " " + text);
    }
    if (text.contains(Canary.SECRET)) {
      findings.add(verb + " " + shown(sent) + " read the canary: " + text);
    }
    boolean repeated = // also by an archive that holds the planted links
        text.contains("ustar")
            || sent.stream().anyMatch(name -> name.contains(data.toString().substring(1)));
    if (!repeated
        && (text.contains(data.toString())
            || answer.response().headers().map().toString().contains(data.toString()))) {
      findings.add(verb + " " + shown(sent) + " tells a path of the host: " + text);
    }
  }

  private static String shown(Collection<String> names) {
    String text = names.toString();
    return text.length() < 120 ? text : text.substring(0, 120) + "…";
  }

  /// Nothing of the canary came into the volume.
  private void checkVolume(String after) throws IOException {
    Files.walkFileTree(
        volume,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (file.toString().contains(Canary.SECRET)
                || (attributes.isRegularFile()
                    && Files.readString(file, ISO_8859_1).contains(Canary.SECRET))) {
              findings.add("the canary came to " + file + " after " + after);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException tooDeep) {
            return FileVisitResult.CONTINUE;
          }
        });
    if (!canary.snapshot().equals(canary.before())) {
      findings.add("the canary changed after " + after + ": " + canary.snapshot());
    }
  }

  /// @param stride each verb gets one name of so many
  private void tryAll(Map<String, Verb> tried, List<String> names, int stride) throws IOException {
    for (int from = 0; from < names.size(); from += BATCH) {
      List<String> batch = names.subList(from, Math.min(names.size(), from + BATCH));
      int offset = 0;
      for (Map.Entry<String, Verb> verb : tried.entrySet()) {
        for (int i = offset++ % stride; i < batch.size(); i += stride) {
          String name = batch.get(i);
          plant();
          check(verb.getKey(), Set.of(name), verb.getValue().run(name));
        }
      }
      checkVolume(shown(batch));
      api.volume.clear();
    }
  }

  private void assertClean(int atLeast) throws IOException {
    assertThat(findings).isEmpty();
    assertThat(canary.snapshot()).isEqualTo(canary.before());
    assertThat(requests).isGreaterThanOrEqualTo(atLeast);
  }

  @Test
  @Proves("FS-01")
  void noNameReadsAnythingOutside() throws IOException {
    tryAll(verbs.reading(), names(), STRIDE);

    assertClean(3_000 / STRIDE);
  }

  @Test
  @Proves({"FS-01", "FS-03", "FS-04", "FS-05"})
  void noNameChangesAnythingOutside() throws IOException {
    tryAll(verbs.writing(), names(), STRIDE);

    assertClean(6_000 / STRIDE);
  }

  @Test
  @Proves({"FS-01", "FS-03", "FS-05"})
  void noNameInAListReachesAnythingOutside() throws IOException {
    List<String> roots = List.of("", "/", "dir", "dir/deep/er", "dots", "up", "abs", "self", "..");
    for (Map.Entry<String, ListVerb> verb : verbs.lists().entrySet()) {
      for (String root : roots) {
        plant();
        check(verb.getKey() + " in " + root, names(), verb.getValue().run(root, names()));
        checkVolume(verb.getKey() + " in " + root);
        api.volume.clear();
      }
    }

    assertClean(verbs.lists().size() * roots.size());
  }

  @Test
  @Proves("FS-01")
  void nothingIsFetchedToAPlaceOutside() throws IOException {
    tryAll(
        verbs.pulling("http://origin.example:" + origin.getAddress().getPort() + "/x"), names(), 1);

    assertClean(400);
  }

  @Test
  @Proves({"FS-01", "FS-03"})
  void whatMeansTheDirectoryItselfInAListMeansNothing() throws IOException {
    List<String> names =
        List.of("", ".", "/", "..", "./", "//", "/.", "/..", "../", "./.", "dir/..", "none/../");
    api.write("dir/file", "kept");
    api.write("dir/deep/file", "kept");
    api.write("file", "kept");
    Map<String, String> before = tree();

    for (String root : List.of("", "/", ".", "dir", "/dir/", "dir/deep/..", "dir/deep")) {
      // below dir/deep, `..` and what folds to it mean directories above, never an entry of it
      for (Map.Entry<String, ListVerb> verb : verbs.lists().entrySet()) {
        Answer answer = verb.getValue().run(root, names);
        String what = verb.getKey() + " in '" + root + "'";
        if (Set.of("delete", "rename", "chmod", "copy-many").contains(verb.getKey())) {
          assertThat(answer.status()).as(what).isEqualTo(200);
          assertThat(answer.document().properties())
              .as(what)
              .filteredOn(member -> member.getValue().isNumber())
              .isNotEmpty()
              .allSatisfy(member -> assertThat(member.getValue().asLong()).isZero());
        } else if (verb.getKey().equals("download files")) {
          assertThat(answer.text()).as(what).doesNotContain("kept");
        }
      }
    }

    Map<String, String> after = tree();
    assertThat(after).containsAllEntriesOf(before);
    after.keySet().removeAll(before.keySet());
    assertThat(after.values()) // what `compress` made of nothing
        .allSatisfy(content -> assertThat(content).doesNotContain("kept"));
  }

  /// Path to mode and content.
  private Map<String, String> tree() throws IOException {
    Map<String, String> tree = new LinkedHashMap<>();
    try (var entries = Files.walk(volume)) {
      for (Path entry : new TreeSet<>(entries.toList())) {
        String content = Files.isRegularFile(entry) ? Files.readString(entry) : "";
        tree.put(
            volume.relativize(entry).toString(),
            Files.getPosixFilePermissions(entry) + " " + content);
      }
    }
    return tree;
  }
}
