package dev.wings.core.collab;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Files in memory. A leading slash is spelling only; each user can have files hidden.
final class MemoryFiles implements CollabFiles {
  final Map<UUID, List<String>> hidden = new HashMap<>();
  final List<String> writes = new ArrayList<>();
  boolean full;

  /// Runs between a write and whatever follows it.
  Runnable afterWrite = () -> {};

  /// How often contents were read.
  int reads;

  private final Map<String, Content> files = new HashMap<>();
  private long versions;

  /// Somebody else writes a file.
  void put(String key, String text) {
    put(key, text.getBytes(StandardCharsets.UTF_8));
  }

  void put(String key, byte[] bytes) {
    files.put(key, new Content(bytes.clone(), new Stamp(++versions, bytes.length, key)));
  }

  void delete(String key) {
    files.remove(key);
  }

  String text(String key) {
    return new String(requireNonNull(files.get(key)).bytes(), StandardCharsets.UTF_8);
  }

  @Override
  public List<List<String>> rules(UUID user) {
    return List.of(hidden.getOrDefault(user, List.of()));
  }

  @Override
  public String resolve(String path, UUID user) {
    String key = path.startsWith("/") ? path.substring(1) : path;
    if (!files.containsKey(key) || hidden.getOrDefault(user, List.of()).contains(key)) {
      throw WingsException.notFound(CollabErrors.NOT_FOUND);
    }
    return key;
  }

  @Override
  public Optional<Content> read(String key, int cap) {
    reads++;
    Content content = files.get(key);
    if (content != null && content.bytes().length > cap) {
      throw WingsException.impossible(CollabErrors.TOO_LARGE);
    }
    return Optional.ofNullable(content);
  }

  @Override
  public Optional<Stamp> stamp(String key) {
    return Optional.ofNullable(files.get(key)).map(Content::stamp);
  }

  @Override
  public Written write(String key, byte[] content, Actor actor) {
    if (full) {
      throw WingsException.impossible(CollabErrors.NO_SPACE);
    }
    put(key, content);
    Stamp stamp = requireNonNull(files.get(key)).stamp();
    writes.add(key + " by " + actor.user());
    afterWrite.run();
    return new Written(OptionalLong.of(writes.size()), stamp);
  }
}
