package dev.wings.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.ProjectQuota;
import dev.wings.fs.linux.ProjectQuota.FileSystem;
import dev.wings.fs.linux.ProjectQuota.Project;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What limiters do beside that which use project quotas.
abstract class ProjectContract extends LimiterContract {
  private static long usual(UUID id) {
    return Long.parseLong(id.toString().substring(0, 8), 16);
  }

  private static Project project(Path path) throws Exception {
    try (Descriptor open = Linux.open(path.toString(), Linux.O_RDONLY | Linux.oNofollow())) {
      return ProjectQuota.get(open);
    }
  }

  /// Also the number in the operator's file.
  @Override
  String traces(UUID id) throws Exception {
    try (Descriptor open = Linux.open(data.toString(), Linux.O_RDONLY)) {
      long used = ProjectQuota.used(new FileSystem(open, Path.of("/dev/null")), usual(id));
      Path projects = Path.of("/etc/projects");
      String lines = Files.exists(projects) ? Files.readString(projects) : "";
      return used > 0 || lines.contains(id.toString()) ? "project " + usual(id) : "";
    }
  }

  @Test
  void newAndOldFilesBelongToTheProjectOfTheServer() throws Exception {
    makePlainDirectory();
    volume.limit(64L << 20);

    volume.prepare();
    Files.createDirectories(volume.root().resolve("new/er"));
    Files.writeString(volume.root().resolve("new/er/file"), "x");

    Project files = new Project(usual(server), /* inherited= */ false);
    Project directories = new Project(usual(server), /* inherited= */ true);
    assertThat(project(directory)).isEqualTo(directories);
    assertThat(project(directory.resolve("world/region"))).isEqualTo(directories);
    assertThat(project(directory.resolve("world/region/start.sh")).id()).isEqualTo(files.id());
    assertThat(project(directory.resolve("new/er"))).isEqualTo(directories);
    assertThat(project(directory.resolve("new/er/file")).id()).isEqualTo(files.id());
  }

  @Test
  void twoServersWithTheSameNumberAreTwoProjects() throws Exception {
    volume.limit(40L << 20);
    volume.prepare();
    UUID twin = new UUID(server.getMostSignificantBits(), ~server.getLeastSignificantBits());
    Volume other = sibling(twin);
    try {
      other.limit(20L << 20);
      other.prepare();

      assertThat(project(directory).id()).isEqualTo(usual(server));
      assertThat(project(data.resolve(twin.toString())).id()).isNotEqualTo(usual(server));
      assertThat(write("a", 30).status()).isZero();
      assertThat(write("a", 60).status()).isNotZero();
    } finally {
      other.destroy();
    }
  }

  @Test
  void filesThatAGameTakesOutOfItsProjectStillCount() throws Exception {
    volume.limit(32L << 20);
    volume.prepare();
    assertThat(write("a", 30).status()).isZero();
    try (Descriptor open =
        Linux.open(directory.resolve("a").toString(), Linux.O_RDONLY | Linux.oNofollow())) {
      ProjectQuota.set(open, new Project(0, /* inherited= */ false));
    }
    assertThat(write("b", 30).status()).as("the kernel lets this pass").isZero();

    volume.scan();

    assertThat(volume.full()).isTrue();
  }
}
