package dev.wings.daemon.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.SystemPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SetupTest {
  @TempDir Path directory;
  private final List<String> programs = new ArrayList<>();

  private SystemConfig system(String more) throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("config.yml"),
            "remote: http://p\nsystem:\n  root_directory: "
                + directory.resolve("root")
                + "\n  log_directory: "
                + directory.resolve("log")
                + "\n"
                + more);
    return ConfigStore.open(file, Map.of()).current().system();
  }

  private Path passwd(String... lines) throws IOException {
    return Files.write(directory.resolve("passwd"), List.of(lines));
  }

  private String run(List<String> command) throws IOException {
    programs.add(String.join(" ", command));
    if (command.getFirst().equals("useradd") || command.getFirst().equals("adduser")) {
      passwd("root:x:0:0::/root:/bin/sh", "calagopus:x:991:992::/:/sbin/nologin");
    }
    return command.getFirst().equals("id") ? "1000\n" : "";
  }

  @Test
  void directoriesAreCreatedPrivateAndExistingOnesAreLeftAlone() throws IOException {
    SystemPaths paths = SystemPaths.of(system(""));
    Files.createDirectories(paths.root());
    Files.setPosixFilePermissions(paths.root(), PosixFilePermissions.fromString("rwxr-xr-x"));

    Directories.create(paths);
    Directories.create(paths);

    assertThat(paths.all()).allSatisfy(path -> assertThat(path).isDirectory());
    assertThat(Files.getPosixFilePermissions(paths.data()))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(Files.getPosixFilePermissions(paths.root()))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void cleaningKeepsNamedEntriesAndFollowsNoLink() throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "x");
    Files.createDirectories(temporary.resolve("kept/deep"));
    Files.createDirectories(temporary.resolve("old/deep"));
    Files.writeString(temporary.resolve("old/deep/file"), "x");
    Files.createSymbolicLink(temporary.resolve("old/link"), outside);
    Files.createSymbolicLink(temporary.resolve("link"), outside);
    Files.writeString(temporary.resolve("file"), "x");

    Directories.cleanTemporary(temporary, Set.of("kept"));

    try (var left = Files.list(temporary)) {
      assertThat(left).containsExactly(temporary.resolve("kept"));
    }
    assertThat(outside.resolve("precious")).exists();
  }

  @Test
  void oneDaemonPerDirectory() throws IOException {
    try (InstanceLock held = InstanceLock.take(directory)) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> InstanceLock.take(directory))
          .isInstanceOfSatisfying(
              WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
    }

    InstanceLock.take(directory).close();
  }

  @Test
  void containersSeeThreeUsersAndThreeGroups() throws IOException {
    PasswdFiles.write(directory.resolve("etc"), new SystemUser("calagopus", 991, 992));

    assertThat(directory.resolve("etc/passwd"))
        .hasContent(
            """
            root:x:0:0::/root:/bin/sh
            container:x:991:992::/home/container:/bin/sh
            nobody:x:65534:65534::/var/empty:/bin/sh
            """);
    assertThat(directory.resolve("etc/group"))
        .hasContent("root:x:0:\ncontainer:x:992:\nnogroup:x:65534:\n");
    assertThat(Files.getPosixFilePermissions(directory.resolve("etc/passwd")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
  }

  @Test
  void anExistingUserIsTaken() throws IOException {
    Path passwd = passwd("root:x:0:0::/:/bin/sh", "broken", "calagopus:x:988:989::/:/bin/sh");

    assertThat(SystemUser.resolve(system(""), Map.of(), passwd, this::run))
        .isEqualTo(new SystemUser("calagopus", 988, 989));
    assertThat(programs).isEmpty();
  }

  @Test
  void aMissingUserIsCreated() throws IOException {
    Path passwd = passwd("root:x:0:0::/root:/bin/sh");

    assertThat(SystemUser.resolve(system(""), Map.of(), passwd, this::run))
        .isEqualTo(new SystemUser("calagopus", 991, 992));
    assertThat(programs).last().asString().contains("add").endsWith("calagopus");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-rf", "a b", "a;b", "Ümlaut", "'$(x)'"})
  void aNameThatIsNoneIsNotGivenToAProgram(String name) throws IOException {
    SystemConfig system = system("  username: \"" + name + "\"\n");
    Path passwd = passwd("root:x:0:0::/root:/bin/sh");

    assertThatThrownBy(() -> SystemUser.resolve(system, Map.of(), passwd, this::run))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("is no user name");
    assertThat(programs).isEmpty();
  }

  @Test
  void rootIsRefused() throws IOException {
    SystemConfig system = system("  username: root\n");
    Path passwd = passwd("root:x:0:0::/root:/bin/sh");

    assertThatThrownBy(() -> SystemUser.resolve(system, Map.of(), passwd, this::run))
        .hasMessageContaining("is root");
  }

  @Test
  void inAContainerTheEnvironmentDecides() throws IOException {
    Map<String, String> environment =
        Map.of("OCI_CONTAINER", "official", "WINGS_USERNAME", "w", "WINGS_UID", "5");

    assertThat(SystemUser.resolve(system(""), environment, passwd(), this::run))
        .isEqualTo(new SystemUser("w", 5, 988));
    assertThatThrownBy(() ->
            SystemUser.resolve(
                system(""), Map.of("OCI_CONTAINER", "1", "WINGS_GID", "x"), passwd(), this::run))
        .hasMessageContaining("WINGS_GID: 'x' is no number");
  }

  @Test
  void withoutRootTheProcessOwnsTheFiles() throws IOException {
    SystemConfig system = system("  user: { rootless: { enabled: true } }\n");

    assertThat(SystemUser.resolve(system, Map.of(), passwd(), this::run).uid()).isEqualTo(1000);
    assertThat(programs).containsExactly("id -u", "id -g");
  }

  @Test
  void aProgramThatFailsSaysWhy() {
    assertThatThrownBy(() -> SystemUser.HOST.run(List.of("sh", "-c", "echo reason; exit 3")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reason");
    assertThatThrownBy(() -> SystemUser.HOST.run(List.of("/nonexistent/program")))
        .isInstanceOf(IOException.class);
  }
}
