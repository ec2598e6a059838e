package dev.wings.daemon.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/// `wings backup`: what an operator does with backups. The running daemon does the work, as it
/// alone knows what is under way.
@Command(
    name = "backup",
    description = "Lists, verifies and deletes the backups of this node.",
    mixinStandardHelpOptions = true,
    subcommands = {
      BackupCommand.ListCommand.class,
      BackupCommand.VerifyCommand.class,
      BackupCommand.DeleteCommand.class
    })
final class BackupCommand implements Callable<Integer> {
  private static final String BACKUPS = "/api/backups";

  /// For reading all of a backup, however large it is.
  private static final Duration LONG = Duration.ofHours(12);

  @ParentCommand private @Nullable WingsCommand wings;
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    requireNonNull(spec).commandLine().usage(parent().out());
    return 2;
  }

  private WingsCommand parent() {
    return requireNonNull(wings);
  }

  private PrintStream out() {
    return parent().out();
  }

  private LocalDaemon daemon() {
    return new LocalDaemon(parent().openConfig().current());
  }

  private List<JsonNode> all() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    daemon().get(BACKUPS).path("backups").forEach(all::add);
    return all;
  }

  /// `wings backup list`.
  @Command(
      name = "list",
      description = "Prints the backups that this node knows of.",
      mixinStandardHelpOptions = true)
  static final class ListCommand implements Callable<Integer> {
    @ParentCommand private @Nullable BackupCommand backup;

    @Option(names = "--server", description = "only those of one server")
    private @Nullable UUID server;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      BackupCommand command = requireNonNull(backup);
      for (JsonNode each : command.all()) {
        if (server == null || each.path("server").asText().equals(server.toString())) {
          command.out().println(json ? each.toString() : line(each));
        }
      }
      return 0;
    }

    private static String line(JsonNode backup) {
      return "%s  %s  %-10s %-9s %14s  %s"
          .formatted(
              backup.path("uuid").asText(),
              backup.path("server").asText(),
              backup.path("adapter").asText(),
              backup.path("state").asText(),
              backup.path("size").isNull() ? "-" : backup.path("size").asText(),
              backup.path("changed").asText());
    }
  }

  /// `wings backup verify`.
  @Command(
      name = "verify",
      description = "Reads all of a backup and compares it with what was written.",
      mixinStandardHelpOptions = true)
  static final class VerifyCommand implements Callable<Integer> {
    @ParentCommand private @Nullable BackupCommand backup;

    @Parameters(paramLabel = "BACKUP", arity = "0..*", description = "UUIDs; all without any")
    private List<UUID> ids = List.of();

    @Override
    public Integer call() throws IOException {
      BackupCommand command = requireNonNull(backup);
      List<String> chosen =
          ids.isEmpty()
              ? command.all().stream()
                  .filter(each -> each.path("state").asText().equals("complete"))
                  .map(each -> each.path("uuid").asText())
                  .toList()
              : ids.stream().map(UUID::toString).toList();
      int status = 0;
      for (String id : chosen) {
        JsonNode found = command.daemon().call("POST", BACKUPS + "/" + id + "/verify", null, LONG);
        if (found.path("sound").asBoolean()) {
          command
              .out()
              .println(
                  "%s  sound, %d files, %d bytes"
                      .formatted(id, found.path("files").asLong(), found.path("bytes").asLong()));
        } else {
          status = 1;
          command.out().println(id + "  DAMAGED");
          found.path("faults").forEach(fault -> command.out().println("  " + fault.asText()));
        }
      }
      return status;
    }
  }

  /// `wings backup delete`.
  @Command(
      name = "delete",
      description = "Deletes a backup. The Panel is not told.",
      mixinStandardHelpOptions = true)
  static final class DeleteCommand implements Callable<Integer> {
    @ParentCommand private @Nullable BackupCommand backup;

    @Parameters(paramLabel = "BACKUP", description = "UUID of the backup")
    private @Nullable UUID id;

    @Option(
        names = "--adapter",
        description = "kind of a backup that the list does not show (default: ${DEFAULT-VALUE})")
    private String adapter = "wings";

    @Override
    public Integer call() throws IOException {
      BackupCommand command = requireNonNull(backup);
      String chosen = requireNonNull(id).toString();
      String kind =
          command.all().stream()
              .filter(each -> each.path("uuid").asText().equals(chosen))
              .map(each -> each.path("adapter").asText())
              .findFirst()
              .orElse(adapter);
      ObjectNode body =
          Json.mapper().createObjectNode().put("adapter", kind).put("foreground", true);
      command.daemon().call("DELETE", BACKUPS + "/" + chosen, body, LONG);
      command.out().println(chosen + "  deleted");
      return 0;
    }
  }
}
