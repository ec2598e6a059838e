package dev.wings.core.delivery;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.ActivityJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Joins file events of one user within 60 seconds of the first (`websocket.md` 5): others keep
/// their order and come first, merged groups follow. Entries are added in order of time.
final class ActivityMerge {
  private static final Duration WINDOW = Duration.ofSeconds(60);

  private final List<Activity> single = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final Map<List<String>, Group> open = new HashMap<>();
  private int bytes;

  private record Group(Activity first, List<JsonNode> more) {
    boolean spans(Activity next) {
      return Duration.between(first.timestamp(), next.timestamp()).compareTo(WINDOW) <= 0;
    }

    Activity joined() {
      if (more.isEmpty()) {
        return first;
      }
      ObjectNode metadata = requireNonNull(first.metadata()).deepCopy();
      metadata.withArray("files").addAll(more);
      return new Activity(
          first.actor(), first.server(), first.event(), metadata, first.timestamp());
    }
  }

  static List<Activity> merge(List<Activity> entries) {
    ActivityMerge merge = new ActivityMerge();
    entries.forEach(merge::add);
    return merge.events();
  }

  void add(Activity entry) {
    JsonNode files = files(entry);
    if (files == null) {
      single.add(entry);
      bytes += size(entry);
      return;
    }
    Group group = groupOf(entry);
    if (group == null) {
      group = new Group(entry, new ArrayList<>());
      groups.add(group);
      open.put(key(entry), group);
      bytes += size(entry);
    } else {
      files.forEach(group.more()::add);
      bytes += files.toString().length();
    }
  }

  /// Whether the entry would become part of an event that is there.
  boolean joins(Activity entry) {
    return files(entry) != null && groupOf(entry) != null;
  }

  /// Events so far.
  int count() {
    return single.size() + groups.size();
  }

  /// About what the events take as JSON.
  int bytes() {
    return bytes;
  }

  List<Activity> events() {
    List<Activity> events = new ArrayList<>(single);
    groups.forEach(group -> events.add(group.joined()));
    return events;
  }

  private @Nullable Group groupOf(Activity entry) {
    Group group = open.get(key(entry));
    return group != null && group.spans(entry) ? group : null;
  }

  private static @Nullable JsonNode files(Activity entry) {
    boolean mergeable =
        entry.event().startsWith("server:sftp.") || entry.event().equals("server:file.uploaded");
    JsonNode files = mergeable && entry.metadata() != null ? entry.metadata().path("files") : null;
    return files != null && files.isArray() ? files : null;
  }

  private static int size(Activity entry) {
    return ActivityJson.write(entry).toString().length();
  }

  private static List<String> key(Activity entry) {
    String directory =
        entry.metadata() == null ? "" : entry.metadata().path("directory").asText("");
    return List.of(
        entry.server().toString(), entry.event(), String.valueOf(entry.actor().user()), directory);
  }
}
