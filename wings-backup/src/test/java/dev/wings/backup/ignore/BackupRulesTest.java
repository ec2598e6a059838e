package dev.wings.backup.ignore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupRulesTest {
  @TempDir private Path host;
  private Path files;
  private Sandbox sandbox;

  @BeforeEach
  void setUp() throws IOException {
    files = Files.createDirectory(host.resolve("files"));
    sandbox = Sandbox.open(files);
  }

  @AfterEach
  void tearDown() {
    sandbox.close();
  }

  private BackupRules rules(String request, String... denied) {
    return BackupRules.of(request, sandbox.getPath("/"), List.of(denied));
  }

  @Test
  void linesOfRequestFileAndDenyListFollowEachOther() throws IOException {
    Files.writeString(files.resolve(".pteroignore"), "!a.log\n# comment\n\n  b.txt  \n[\n!\n");

    BackupRules rules = rules("*.log\r\nsecret", "secret", "a.log");

    assertThat(rules.text()).isEqualTo("*.log\nsecret\n!a.log\nb.txt\nsecret\na.log\n");
    assertThat(rules.reincludes()).isTrue();
    assertThat(rules.filter().hides("x.log", false)).isTrue();
    assertThat(rules.filter().hides("a.log", false)).isTrue(); // the deny list has the last word
    assertThat(rules.filter().hides("b.txt", false)).isTrue();
    assertThat(rules.filter().hides("c.txt", false)).isFalse();
  }

  @Test
  void userCannotBringBackWhatIsDenied() throws IOException {
    Files.writeString(files.resolve(".pteroignore"), "!secret\n");

    assertThat(rules("!secret", "secret").filter().hides("secret", false)).isTrue();
  }

  @Test
  void linkInPlaceOfTheFileIsNotFollowed() throws IOException {
    Files.writeString(files.resolve("rules"), "*.log\n");
    Files.createSymbolicLink(files.resolve(".pteroignore"), Path.of("rules"));

    assertThat(rules("").text()).isEmpty();
  }

  @Test
  void onlyTheFirstMebibyteOfTheFileIsRead() throws IOException {
    Files.writeString(
        files.resolve(".pteroignore"), "first\n" + "#".repeat((1 << 20) - 7) + "\nlast\n");

    assertThat(rules("").text()).isEqualTo("first\n");
  }

  @Test
  void excludedDirectoryCoversWhatIsBelowAndInsidesCanComeBack() {
    BackupRules rules = rules("*\n!game/csgo/cfg");

    assertThat(rules.filter().hides("game/csgo/cfg/server.cfg", false)).isFalse();
    assertThat(rules.filter().hides("game/csgo/cfg", true)).isFalse();
    assertThat(rules.filter().hides("game/csgo", true)).isTrue();
    assertThat(rules.filter().hides("other/file", false)).isTrue();
  }

  private void touch(String... names) throws IOException {
    for (String name : names) {
      Path path = files.resolve(name);
      Files.createDirectories(path.getParent());
      Files.writeString(path, name);
    }
  }

  private List<String> frontier(String... lines) throws IOException {
    return Frontier.of(
        sandbox.getPath("/"), BackupRules.of(List.of(lines)).filter(), new Progress());
  }

  @Test
  void frontierNamesEachExcludedEntryOnce() throws IOException {
    touch("game/csgo/cfg/a", "game/csgo/bin/b", "game/maps/c", "logs/x/y", "top[1]*.txt");

    assertThat(frontier("*", "!game/csgo/cfg"))
        .containsExactlyInAnyOrder("/game/csgo/bin", "/game/maps", "/logs", "/top\\[1\\]\\*.txt");
  }

  @Test
  void directoryInWhichNothingIsKeptIsOneEntry() throws IOException {
    touch("a/b/one", "a/b/two", "a/c/three", "d/keep/four");

    assertThat(frontier("a", "d", "!d/keep", "!a/missing/x")).containsExactlyInAnyOrder("/a");
  }

  @Test
  void nothingExcludedIsAnEmptyFrontier() throws IOException {
    touch("a/b");

    assertThat(frontier("nothing")).isEmpty();
  }
}
