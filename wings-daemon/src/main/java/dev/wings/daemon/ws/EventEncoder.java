package dev.wings.daemon.ws;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.event.ServerEvent;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns events into messages of the protocol (`websocket.md` 1.8).
final class EventEncoder {
  private final int maxBytes;
  private final ByteBufAllocator allocator;
  private final OutboundBudget budget;
  private final List<Outgoing> messages = new ArrayList<>();
  private Outgoing.@Nullable Builder open;

  private EventEncoder(int maxBytes, ByteBufAllocator allocator, OutboundBudget budget) {
    this.maxBytes = maxBytes;
    this.allocator = allocator;
    this.budget = budget;
  }

  /// The messages for some events, in order. Neighbouring lines share a message of about `maxBytes`
  /// at most. The caller owns one reference to each.
  static List<Outgoing> encode(
      Collection<ServerEvent> events,
      int maxBytes,
      ByteBufAllocator allocator,
      OutboundBudget budget) {
    EventEncoder encoder = new EventEncoder(maxBytes, allocator, budget);
    events.forEach(encoder::add);
    encoder.finish();
    return encoder.messages;
  }

  private void add(ServerEvent event) {
    switch (event) {
      case ServerEvent.ConsoleOutput output -> {
        if (output.skipped() > 0) {
          builder(Outgoing.Kind.LINES, Audience.CONSOLE)
              .message(EventNames.DAEMON_MESSAGE, List.of(Notices.lost(output.skipped())))
              .lost(output.skipped());
        }
        lines(Audience.CONSOLE, EventNames.CONSOLE_OUTPUT, output.lines());
      }
      case ServerEvent.InstallOutput output ->
          lines(Audience.INSTALLATION, EventNames.INSTALL_OUTPUT, output.lines());
      case ServerEvent.DaemonMessage message ->
          event(Audience.CONSOLE, EventNames.DAEMON_MESSAGE, message.text());
      case ServerEvent.StateChanged changed ->
          event(Audience.EVERYONE, EventNames.STATUS, changed.state().wireName());
      case ServerEvent.StatsChanged changed ->
          builder(Outgoing.Kind.STATS, Audience.EVERYONE)
              .message(EventNames.STATS, List.of(UsageJson.of(changed.usage())));
      case ServerEvent.PendingRestart restart ->
          event(Audience.EVERYONE, EventNames.PENDING_RESTART, String.valueOf(restart.pending()));
      case ServerEvent.InstallStarted _ -> event(Audience.EVERYONE, "install started");
      case ServerEvent.InstallProgress progress ->
          event(Audience.EVERYONE, "install progress", json(progress));
      case ServerEvent.InstallCompleted completed ->
          event(Audience.EVERYONE, "install completed", String.valueOf(completed.successful()));
      case ServerEvent.ImagePullProgress progress ->
          event(Audience.EVERYONE, "image pull progress", progress.layer(), json(progress));
      case ServerEvent.ImagePullCompleted completed ->
          event(Audience.EVERYONE, "image pull completed", completed.layer());
      case ServerEvent.Targeted targeted -> {
        finish();
        builder(Outgoing.Kind.EVENT, Audience.EVERYONE)
            .target(targeted)
            .message(targeted.event(), targeted.args());
        finish();
      }
      case ServerEvent.OperationProgress progress ->
          event(
              Audience.FILES,
              "operation progress",
              progress.status().id().toString(),
              progress.status().toJson().toString());
      case ServerEvent.OperationCompleted completed ->
          event(Audience.FILES, "operation completed", completed.operation().toString());
      case ServerEvent.OperationAborted aborted ->
          event(Audience.FILES, "operation aborted", aborted.operation().toString());
      case ServerEvent.OperationFailed failed ->
          event(Audience.FILES, "operation error", failed.operation().toString(), failed.message());
      case ServerEvent.FileUploads uploads ->
          builder(Outgoing.Kind.EVENT, Audience.FILES)
              .uploads(uploads)
              .message(EventNames.FILE_UPLOADS, List.of(UploadView.json(uploads.entries())));
      case ServerEvent.BackupStarted started ->
          event(Audience.BACKUPS, "backup started", started.backup().toString());
      case ServerEvent.BackupProgress progress ->
          event(
              Audience.BACKUPS,
              "backup progress",
              progress.backup().toString(),
              json(progress.bytesProcessed(), progress.bytesTotal(), progress.filesProcessed()));
      case ServerEvent.BackupCompleted completed ->
          event(
              Audience.BACKUPS,
              "backup completed",
              completed.backup().toString(),
              json(completed.successful(), completed.result()));
      case ServerEvent.BackupDeleted deleted ->
          event(
              Audience.BACKUPS,
              "backup deleted",
              deleted.backup().toString(),
              JsonNodeFactory.instance
                  .objectNode()
                  .put("successful", deleted.successful())
                  .toString());
      case ServerEvent.RestoreStarted _ -> event(Audience.EVERYONE, "backup restore started");
      case ServerEvent.RestoreProgress progress ->
          event(
              Audience.EVERYONE,
              "backup restore progress",
              json(progress.bytesProcessed(), progress.bytesTotal(), progress.filesProcessed()));
      case ServerEvent.RestoreCompleted completed ->
          event(
              Audience.EVERYONE,
              "backup restore completed",
              String.valueOf(completed.successful()));
      case ServerEvent.Deleted _ -> {
        // ends the connections, is no message
      }
    }
  }

  private void event(Audience audience, String name, String... arguments) {
    builder(Outgoing.Kind.EVENT, audience).message(name, List.of(arguments));
  }

  private void lines(Audience audience, String name, List<String> lines) {
    int from = 0;
    while (from < lines.size()) {
      Outgoing.Builder builder = builder(Outgoing.Kind.LINES, audience);
      long room = maxBytes - builder.characters();
      int to = from;
      while (to < lines.size() && (room > 0 || to == from)) {
        room -= lines.get(to).length() + 48L;
        to++;
      }
      builder.lines(name, lines.subList(from, to));
      from = to;
    }
  }

  /// The open message if it fits, otherwise a new one.
  private Outgoing.Builder builder(Outgoing.Kind kind, Audience audience) {
    Outgoing.Builder current = open;
    boolean merges = kind == Outgoing.Kind.LINES;
    if (current == null
        || !merges
        || !current.accepts(kind, audience)
        || current.characters() >= maxBytes) {
      finish();
      current = new Outgoing.Builder(kind, audience);
      open = current;
    }
    return current;
  }

  private void finish() {
    if (open != null) {
      messages.add(open.build(allocator, budget));
      open = null;
    }
  }

  private static String json(ServerEvent.InstallProgress progress) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("progress", progress.progress());
    node.put("total", progress.total());
    node.put("label", progress.label());
    return node.toString();
  }

  private static String json(long bytesProcessed, long bytesTotal, long filesProcessed) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("bytes_processed", bytesProcessed);
    node.put("bytes_total", bytesTotal);
    node.put("files_processed", filesProcessed);
    return node.toString();
  }

  private static String json(boolean successful, BackupResult result) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("checksum_type", result.checksumType());
    node.put("checksum", result.checksum());
    node.put("size", result.size());
    node.put("files", result.files());
    node.put("successful", successful);
    node.put("browsable", result.browsable());
    node.put("streaming", result.streaming());
    return node.toString();
  }

  private static String json(ServerEvent.ImagePullProgress progress) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("status", progress.extracting() ? "extracting" : "pulling");
    node.put("bytes_processed", progress.processed());
    node.put("bytes_total", progress.total());
    return node.toString();
  }
}
