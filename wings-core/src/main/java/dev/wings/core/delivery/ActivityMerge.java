package dev.wings.core.delivery;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Joins file events of one user within 60 seconds of the first (`websocket.md` 5): others keep
/// their order and come first, merged groups follow.
final class ActivityMerge {
  private static final Duration WINDOW = Duration.ofSeconds(60);

  private ActivityMerge() {}

  static List<Activity> merge(List<Activity> entries) {
    List<Activity> result = new ArrayList<>();
    List<Activity> closedGroups = new ArrayList<>();
    Map<List<Object>, Activity> open = new LinkedHashMap<>();
    for (Activity entry : entries) {
      if (!mergeable(entry)) {
        result.add(entry);
        continue;
      }
      List<Object> key = key(entry);
      Activity first = open.get(key);
      if (first != null
          && Duration.between(first.timestamp(), entry.timestamp()).compareTo(WINDOW) <= 0) {
        open.put(key, join(first, entry));
      } else {
        if (first != null) {
          closedGroups.add(first);
        }
        open.put(key, entry);
      }
    }
    result.addAll(closedGroups);
    result.addAll(open.values());
    return result;
  }

  private static boolean mergeable(Activity entry) {
    return (entry.event().startsWith("server:sftp.")
            || entry.event().equals("server:file.uploaded"))
        && entry.metadata() != null
        && entry.metadata().path("files").isArray();
  }

  private static List<Object> key(Activity entry) {
    String directory =
        entry.metadata() == null ? "" : entry.metadata().path("directory").asText("");
    return List.of(entry.server(), entry.event(), String.valueOf(entry.actor().user()), directory);
  }

  private static Activity join(Activity first, Activity next) {
    ObjectNode metadata = java.util.Objects.requireNonNull(first.metadata()).deepCopy();
    ArrayNode files = (ArrayNode) metadata.get("files");
    java.util.Objects.requireNonNull(next.metadata()).path("files").forEach(files::add);
    return new Activity(first.actor(), first.server(), first.event(), metadata, first.timestamp());
  }
}
