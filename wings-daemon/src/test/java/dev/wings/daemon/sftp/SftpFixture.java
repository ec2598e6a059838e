package dev.wings.daemon.sftp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.permission.PermissionSet;
import dev.wings.core.testing.FakePanel;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.daemon.http.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The SFTP service over a real volume, with servers and a Panel in memory.
final class SftpFixture implements AutoCloseable {
  static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  static final String NAME = "alice.345fbfe4";
  static final String PASSWORD = "correct horse";
  static final int UID = 4711;

  final Path directory;
  final TestConfig config = new TestConfig();
  final FakePanel panel = new FakePanel();
  final FakeServers servers = new FakeServers();
  final Volume volume;
  final FakeServer server;
  final Revisions revisions;

  /// The volume's directory on the host.
  final Path host;

  private final SftpService service;

  SftpFixture(Path directory) throws IOException {
    this.directory = directory;
    config.set("system.sftp.bind_address", "127.0.0.1").set("system.sftp.bind_port", 0);
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), UID, UID));
    volume = volumes.of(SERVER);
    volume.prepare();
    host = Path.of(volume.hostPath());
    server = new FakeServer(definition(_ -> {}), volume, InstantSource.system());
    servers.add(server);
    revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> config.current().system().fileHistory(),
            Clock.systemUTC());
    service =
        SftpService.start(
            new SftpService.Ports(
                config,
                panel,
                servers,
                revisions,
                new ArchiveWriter(32L << 20, new SplittableRandom(1)),
                "1.2.3"),
            directory.resolve("keys"));
    permit("websocket.connect", "meta.calagopus", "*");
  }

  private static ServerDefinition definition(Consumer<ObjectNode> changes) {
    ObjectNode document = DefinitionWriter.definition(FakeServer.definition(SERVER, "files"));
    changes.accept((ObjectNode) document.path("settings"));
    return DefinitionReader.read(document);
  }

  /// Deny list of the egg from now on.
  void deny(String... patterns) {
    server.sync(
        definition(settings -> {
          var list = ((ObjectNode) settings.path("egg")).putArray("file_denylist");
          List.of(patterns).forEach(list::add);
        }));
  }

  /// What the Panel answers to the right password from now on.
  void permit(String... permissions) {
    permit(List.of(), permissions);
  }

  void permit(List<String> ignored, String... permissions) {
    panel.login(
        NAME,
        PASSWORD,
        new SftpAccess(USER, SERVER, PermissionSet.parse(List.of(permissions)), ignored));
  }

  OpenSsh client() {
    return client(NAME);
  }

  OpenSsh client(String userName) {
    return new OpenSsh(directory, service.address().getPort(), userName).password(PASSWORD);
  }

  /// A file for the client to send.
  Path local(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  /// What was recorded about an event: `files` of its metadata, of all entries together.
  String activity(String event) {
    return server.activities().stream()
        .filter(entry -> entry.event().equals(event))
        .flatMap(SftpFixture::files)
        .toList()
        .toString();
  }

  private static Stream<String> files(Activity entry) {
    return entry.metadata() == null
        ? Stream.of("null")
        : entry.metadata().has("files")
            ? entry.metadata().path("files").valueStream().map(Object::toString)
            : Stream.of(entry.metadata().toString());
  }

  @Override
  public void close() {
    service.close();
    revisions.close();
    volume.close();
  }
}
