package dev.wings.backup;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.testing.BackupWorld;
import dev.wings.backup.testing.SteppingDriver;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.testing.FakeServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/// A process that does one thing with a backup and is ended at its n-th step, as `kill -9` does:
/// nothing is tidied up, nothing is flushed. For [BackupKillIT].
final class BackupCrash {
  static final UUID SERVER = UUID.fromString("0a0a0a0a-0000-4000-8000-000000000006");
  static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000006");

  static final int DONE = 0;
  static final int FAILED = 1;
  static final int KILLED = 9;

  private final AtomicInteger left;

  private BackupCrash(int step) {
    left = new AtomicInteger(step);
  }

  private void step() {
    if (left.getAndDecrement() == 0) {
      Runtime.getRuntime().halt(KILLED);
    }
  }

  /// @param arguments directory, what to do, step
  public static void main(String[] arguments) throws Exception {
    BackupCrash crash = new BackupCrash(Integer.parseInt(arguments[2]));
    try (BackupWorld world = new BackupWorld(Path.of(arguments[0]))) {
      FakeServer server = world.server(FakeServer.definition(SERVER, "alpha"));
      BackupService service = crash.service(world.node());
      BackupTask task = crash.admit(service, server, arguments[1]);
      task.begin();
      boolean successful = task.await();
      Runtime.getRuntime().halt(successful ? DONE : FAILED);
    }
  }

  private BackupTask admit(BackupService service, FakeServer server, String what) {
    return switch (what) {
      case "create" -> service.create(server, BACKUP, BackupAdapter.WINGS, "");
      case "delete" -> service.delete(BACKUP, BackupAdapter.WINGS, Optional.of(server));
      case "restore" ->
          service.restore(
              server, BACKUP, BackupAdapter.WINGS, /* truncate= */ true, Optional.empty());
      case "merge" ->
          service.restore(
              server, BACKUP, BackupAdapter.WINGS, /* truncate= */ false, Optional.empty());
      default -> throw new IllegalArgumentException("what: " + what);
    };
  }

  /// The clock is asked before each entry of the catalog, which makes it a step too.
  private BackupService service(BackupNode node) {
    SteppingDriver driver =
        new SteppingDriver(requireNonNull(node.drivers().get(BackupAdapter.WINGS)), this::step);
    return new BackupService(
        new BackupNode(
            node.directory(),
            Map.of(BackupAdapter.WINGS, driver),
            node.config(),
            node.reports(),
            node.listener(),
            node.servers(),
            node.pressure(),
            () -> {
              step();
              return node.clock().instant();
            },
            node.nanoTime()),
        _ -> step());
  }
}
