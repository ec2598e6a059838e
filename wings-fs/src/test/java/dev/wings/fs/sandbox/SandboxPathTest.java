package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.util.SplittableRandom;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/// Paths behave like the JDK's own on Unix, which serve as the model.
class SandboxPathTest {
  private static final String[] NAMES = {"a", "b", "..", ".", "", "c.d", "ü"};

  private final Sandbox sandbox = Sandbox.closed(SandboxOptions.defaults());

  @Test
  void agreesWithTheDefaultFileSystem() {
    long seed = System.nanoTime();
    LoggerFactory.getLogger(getClass()).info("seed {}", seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      String first = randomPath(random);
      String second = randomPath(random);
      Path path = sandbox.getPath(first);
      Path other = sandbox.getPath(second);
      Path model = Path.of(first);
      Path otherModel = Path.of(second);

      String context = "'" + first + "', '" + second + "', seed " + seed;
      assertThat(path).as(context).hasToString(model.toString());
      assertThat(path.isAbsolute()).as(context).isEqualTo(model.isAbsolute());
      assertThat(path.getNameCount()).as(context).isEqualTo(model.getNameCount());
      assertThat(String.valueOf(path.getFileName()))
          .as(context)
          .isEqualTo(String.valueOf(model.getFileName()));
      assertThat(String.valueOf(path.getParent()))
          .as(context)
          .isEqualTo(String.valueOf(model.getParent()));
      assertThat(path.resolve(other)).as(context).hasToString(model.resolve(otherModel).toString());
      assertThat(path.startsWith(other)).as(context).isEqualTo(model.startsWith(otherModel));
      assertThat(path.endsWith(other)).as(context).isEqualTo(model.endsWith(otherModel));
      assertThat(path.equals(other)).as(context).isEqualTo(model.equals(otherModel));
      assertThat(Integer.signum(path.compareTo(other)))
          .as(context)
          .isEqualTo(Integer.signum(model.compareTo(otherModel)));
      assertThat(path.normalize()).as(context).hasToString(model.normalize().toString());
    }
  }

  @Test
  void relativizeLeadsBack() {
    Path base = sandbox.getPath("/a/b/c");

    for (String target : new String[] {"/", "/a", "/a/x", "/a/b/c", "/a/b/c/d", "/z/y"}) {
      Path relative = base.relativize(sandbox.getPath(target));
      assertThat(base.resolve(relative).normalize()).isEqualTo(sandbox.getPath(target));
    }
  }

  private static String randomPath(SplittableRandom random) {
    StringBuilder path = new StringBuilder(random.nextInt(3) == 0 ? "/" : "");
    for (int i = random.nextInt(5); i > 0; i--) {
      path.append(NAMES[random.nextInt(NAMES.length)]).append('/');
    }
    return path.append(random.nextBoolean() ? "" : "end").toString();
  }

  @ParameterizedTest
  @CsvSource({
    "/a/../../b, /b",
    "//nested/., /nested",
    "a/b/../../../.., /",
    "'', /",
    "link/../x, /x",
    "/../../etc/passwd, /etc/passwd",
    "./..//./a, /a"
  })
  void clientPathsAreFoldedBelowTheRoot(String client, String expected) {
    assertThat(sandbox.clientPath(client)).hasToString(expected);
  }

  @Test
  void pathsOfOtherFileSystemsAreRefused() {
    Path path = sandbox.getPath("/a");

    assertThatThrownBy(() -> path.resolve(Path.of("b")))
        .isInstanceOf(ProviderMismatchException.class);
    assertThat(path.startsWith(Path.of("/a"))).isFalse();
    assertThat(path).isNotEqualTo(Sandbox.closed(SandboxOptions.defaults()).getPath("/a"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "*.java A.java",
        "*.java dir/A.java",
        "**.java dir/A.java",
        "*.{java,class} A.class",
        "*.{java,class} A.jar",
        "?.txt a.txt",
        "?.txt ab.txt",
        "[a-c]*.txt b1.txt",
        "[!a-c]*.txt b1.txt",
        "[!a-c]*.txt d1.txt",
        "[-a]b -b",
        "\\*.txt *.txt",
        "\\*.txt a.txt",
        "a+(b)$.^ a+(b)$.^",
        "a/**/b a/x/y/b",
        "/home/*/* /home/gus/data"
      })
  void globsMatchAsInTheDefaultFileSystem(String glob, String path) {
    boolean expected =
        FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(path));

    assertThat(sandbox.getPathMatcher("glob:" + glob).matches(sandbox.getPath(path)))
        .isEqualTo(expected);
  }

  @Test
  void brokenPatternsAreRefused() {
    for (String glob : new String[] {"[a", "{a", "{a{b}}", "a\\", "[a/b]"}) {
      assertThatThrownBy(() -> sandbox.getPathMatcher("glob:" + glob))
          .as(glob)
          .isInstanceOf(PatternSyntaxException.class);
    }
    assertThatThrownBy(() -> sandbox.getPathMatcher("other:a"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(sandbox.getPathMatcher("regex:a.c").matches(sandbox.getPath("abc"))).isTrue();
  }
}
