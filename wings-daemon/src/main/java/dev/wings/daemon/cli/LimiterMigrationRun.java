package dev.wings.daemon.cli;

import dev.wings.core.definition.ServerDefinition;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.LimiterMigration.Outcome;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Migrates servers one after the other and says what became of each.
final class LimiterMigrationRun {
  private final LimiterMigration migration;
  private final PrintStream out;
  private final boolean dryRun;
  private int migrated;
  private int skipped;
  private int failed;

  /// @param dryRun only look
  LimiterMigrationRun(LimiterMigration migration, PrintStream out, boolean dryRun) {
    this.migration = migration;
    this.out = out;
    this.dryRun = dryRun;
  }

  /// @param known servers of this node with their limits
  /// @param only servers to migrate, empty for all
  /// @return exit status
  int run(List<ServerDefinition> known, Set<UUID> only) {
    Map<UUID, ServerDefinition> byId = new LinkedHashMap<>();
    known.forEach(definition -> byId.put(definition.uuid(), definition));
    for (UUID server : only.isEmpty() ? byId.keySet() : only) {
      ServerDefinition definition = byId.get(server);
      if (definition == null) {
        failed++;
        out.println("failed    " + server + ": this node has no such server");
      } else {
        one(definition);
      }
    }
    out.printf(
        "%d %s, %d skipped, %d failed%n",
        migrated, dryRun ? "would be migrated" : "migrated", skipped, failed);
    return failed == 0 ? 0 : 1;
  }

  private void one(ServerDefinition definition) {
    UUID server = definition.uuid();
    long limit = definition.settings().build().diskSpace() << 20;
    Outcome outcome = dryRun ? migration.look(server) : migration.migrate(server, limit, () -> {});
    switch (outcome) {
      case Outcome.Migrated _ -> {
        migrated++;
        out.println((dryRun ? "would be migrated " : "migrated  ") + server);
      }
      case Outcome.Skipped(String reason) -> {
        skipped++;
        out.println("skipped   " + server + ": " + reason);
      }
      case Outcome.Failed(String reason, _) -> {
        failed++;
        out.println("failed    " + server + ": " + reason);
      }
    }
  }
}
