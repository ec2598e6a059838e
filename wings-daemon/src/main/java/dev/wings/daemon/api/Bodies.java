package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.power.PowerAction;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Request bodies. Members without a default are required: their absence is refused here, with a
/// message that names them.
final class Bodies {
  private Bodies() {}

  record CreateServer(
      @Nullable UUID uuid, @Nullable Boolean startOnCompletion, @Nullable Boolean skipScripts) {
    CreateServer {
      required(uuid, "uuid");
      startOnCompletion = flag(startOnCompletion);
      skipScripts = flag(skipScripts);
    }
  }

  /// @param waitSeconds patience for the power lock, null gives up at once
  record Power(@Nullable String action, @Nullable Long waitSeconds) {
    Power {
      parseAction(action);
      unsigned(waitSeconds, "wait_seconds");
    }

    PowerAction powerAction() {
      return parseAction(action);
    }
  }

  record BulkPower(
      @Nullable ServerSelector servers, @Nullable String action, @Nullable Long waitSeconds) {
    BulkPower {
      required(servers, "servers");
      parseAction(action);
      unsigned(waitSeconds, "wait_seconds");
    }

    PowerAction powerAction() {
      return parseAction(action);
    }
  }

  /// `{"type": "uuids", "uuids": […]}` or `{"type": "all"}`.
  record ServerSelector(@Nullable String type, @Nullable List<UUID> uuids) {
    ServerSelector {
      switch (required(type, "servers.type")) {
        case "all" -> {}
        case "uuids" -> required(uuids, "servers.uuids");
        default -> throw refused("servers.type", "all or uuids");
      }
    }
  }

  record Commands(@Nullable List<String> commands) {
    Commands {
      commands = List.copyOf(required(commands, "commands"));
    }
  }

  /// @param installationScript null takes the egg's own
  record Reinstall(
      @Nullable Boolean truncateDirectory,
      @Nullable JsonNode installationScript,
      @Nullable Boolean startOnCompletion) {
    static final Reinstall DEFAULTS = new Reinstall(null, null, null);

    Reinstall {
      truncateDirectory = flag(truncateDirectory);
      startOnCompletion = flag(startOnCompletion);
    }
  }

  record CreateBackup(@Nullable String adapter, @Nullable UUID uuid, @Nullable String ignore) {
    CreateBackup {
      backupAdapter(adapter);
      required(uuid, "uuid");
      ignore = ignore == null ? "" : ignore;
    }

    BackupAdapter kind() {
      return backupAdapter(adapter);
    }
  }

  /// @param downloadUrl null or empty when the node keeps the backup itself
  record RestoreBackup(
      @Nullable String adapter, @Nullable Boolean truncateDirectory, @Nullable String downloadUrl) {
    RestoreBackup {
      backupAdapter(adapter);
      truncateDirectory = flag(truncateDirectory);
      downloadUrl = downloadUrl == null ? "" : downloadUrl;
    }

    BackupAdapter kind() {
      return backupAdapter(adapter);
    }
  }

  /// @param server null for a backup whose server is gone
  record DeleteBackup(
      @Nullable String adapter, @Nullable Boolean foreground, @Nullable UUID server) {
    DeleteBackup {
      backupAdapter(adapter);
      foreground = flag(foreground);
    }

    BackupAdapter kind() {
      return backupAdapter(adapter);
    }
  }

  record DatabaseBackup(
      @Nullable String adapter,
      @Nullable UUID uuid,
      @Nullable UUID databaseInstance,
      @Nullable String extension) {
    private static final Pattern EXTENSION =
        Pattern.compile("(sql|archive|rdb|dump)(\\.(gz|xz|lz|bz2|lz4|zst))?");

    DatabaseBackup {
      backupAdapter(adapter);
      required(uuid, "uuid");
      required(databaseInstance, "database_instance");
      if (!EXTENSION.matcher(required(extension, "extension")).matches()) {
        throw refused("extension", "sql, archive, rdb or dump and at most one compression");
      }
    }
  }

  record DeauthorizeUser(@Nullable UUID user, @Nullable List<UUID> servers) {
    DeauthorizeUser {
      required(user, "user");
      servers = List.copyOf(required(servers, "servers"));
    }
  }

  record Broadcast(
      @Nullable List<UUID> users, @Nullable List<String> permissions, @Nullable Message message) {
    Broadcast {
      users = List.copyOf(required(users, "users"));
      permissions = List.copyOf(required(permissions, "permissions"));
      required(message, "message");
    }
  }

  record Message(@Nullable String event, @Nullable List<String> args) {
    Message {
      required(event, "message.event");
      args = List.copyOf(required(args, "message.args"));
    }
  }

  record Deny(@Nullable List<String> jtis) {
    Deny {
      jtis = List.copyOf(required(jtis, "jtis"));
    }
  }

  record Permissions(@Nullable List<UserPermissions> userPermissions) {
    Permissions {
      userPermissions = List.copyOf(required(userPermissions, "user_permissions"));
    }
  }

  record UserPermissions(
      @Nullable UUID user,
      @Nullable List<String> permissions,
      @Nullable List<String> ignoredFiles) {
    UserPermissions {
      required(user, "user");
      permissions = List.copyOf(required(permissions, "permissions"));
      ignoredFiles = ignoredFiles == null ? List.of() : List.copyOf(ignoredFiles);
    }
  }

  record Upgrade(
      @Nullable String url,
      @Nullable JsonNode headers,
      @Nullable String sha256,
      @Nullable String restartCommand,
      @Nullable List<String> restartCommandArgs) {
    Upgrade {
      required(url, "url");
      required(headers, "headers");
      required(sha256, "sha256");
      required(restartCommand, "restart_command");
      required(restartCommandArgs, "restart_command_args");
    }
  }

  /// A flag that is absent or null is not set. (The mapper takes absent for null, and refuses null
  /// for a primitive.)
  static boolean flag(@Nullable Boolean value) {
    return value != null && value;
  }

  static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw new WingsException(ErrorKind.INVALID, "missing field " + name);
    }
    return value;
  }

  static BackupAdapter backupAdapter(@Nullable String name) {
    return BackupAdapter.parse(required(name, "adapter"))
        .orElseThrow(() -> refused("adapter", "a kind of backups"));
  }

  private static PowerAction parseAction(@Nullable String name) {
    return PowerAction.fromWire(required(name, "action"))
        .orElseThrow(() -> refused("action", "start, stop, restart or kill"));
  }

  private static void unsigned(@Nullable Long value, String name) {
    if (value != null && value < 0) {
      throw refused(name, "an unsigned number");
    }
  }

  private static WingsException refused(String name, String expected) {
    return new WingsException(ErrorKind.INVALID, name + " must be " + expected);
  }
}
