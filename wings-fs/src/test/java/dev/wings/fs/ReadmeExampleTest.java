package dev.wings.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README.
class ReadmeExampleTest {
  @Test
  void strangersProgramCannotLeaveTheDirectory(@TempDir Path directory) throws IOException {
    Files.createSymbolicLink(directory.resolve("escape"), Path.of("/etc"));
    // readme:start
    try (Sandbox files = Sandbox.open(directory)) {
      Path world = files.getPath("/saves/world.dat");
      Files.createDirectories(world.getParent());
      Files.writeString(world, "hello");
      Files.readString(files.clientPath("../../saves/world.dat")); // "hello": stops at the root
      Files.readString(files.getPath("/escape/passwd")); // NoSuchFileException: leads outside
    }
    // readme:end
    catch (NoSuchFileException expected) {
      assertThat(expected).hasMessageContaining("escape/passwd");
    }

    assertThat(directory.resolve("saves/world.dat")).hasContent("hello");
    try (Sandbox files = Sandbox.open(directory)) {
      assertThatThrownBy(() -> Files.readString(files.getPath("/escape/passwd")))
          .isInstanceOf(NoSuchFileException.class);
    }
  }
}
