package dev.wings.fs.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileChangesTest {
  @TempDir private Path host;

  private static final class Told implements FileHistory {
    final List<String> events = new ArrayList<>();

    @Override
    public void renamed(UUID server, String from, String to) {
      events.add(from + " to " + to);
    }

    @Override
    public void deleted(UUID server, String path) {
      events.add("no " + path);
    }
  }

  @Test
  void theHistoryIsToldWhereThingsReallyAre() throws IOException {
    Files.createDirectory(host.resolve("real"));
    Files.createSymbolicLink(host.resolve("way"), Path.of("real"));
    Files.writeString(host.resolve("real/a"), "a");
    Files.createSymbolicLink(host.resolve("real/link"), Path.of("a"));
    Told told = new Told();
    try (Sandbox sandbox = Sandbox.open(host)) {
      FileView view =
          new FileView(
              sandbox.getPath("/"), true, true, true, PathFilter.NONE, DirectorySizes.NONE);
      Location root = new Location(view, view.root());
      FileChanges changes = new FileChanges(new UUID(0, 1), Optional.of(told), new Progress());

      changes.rename(root.resolve("way/a"), root.resolve("way/b"), false);
      changes.rename(root.resolve("way/link"), root.resolve("made/link"), true);
      changes.delete(root.resolve("way/b"), 1);
      changes.delete(root.resolve("made/link"), 1);
      changes.delete(root.resolve("way"), 1);
    }

    assertThat(told.events)
        .containsExactly(
            "real/a to real/b", "real/link to made/link", "no real/b", "no made/link", "no way");
  }
}
