package dev.wings.core.collab;

import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// What sessions need of one server's files. Files are named by keys: the path relative to the
/// server's root without a leading slash. Everything waits for the file system; a
/// [dev.wings.core.WingsException] carries a text for the user.
public interface CollabFiles {
  /// Content of a file.
  ///
  /// @param bytes all of it
  /// @param stamp as it was when they were read
  record Content(byte[] bytes, Stamp stamp) {}

  /// Tells cheaply whether a file may have changed. Compared with `equals`, nothing else.
  record Stamp(long modifiedNanos, long size, Object identity) {}

  /// What hides files from somebody, to be compared with `equals`. Never waits.
  List<List<String>> rules(UUID user);

  /// The key of a path as a client spells it.
  ///
  /// @throws WingsException kind `NOT_FOUND` when nothing is there, or it is hidden from the user;
  ///   `IMPOSSIBLE` when it is no file of the server's own volume
  String resolve(String path, UUID user) throws IOException, InterruptedException;

  /// @param cap largest file that is read, in bytes
  /// @return empty when there is no file
  /// @throws WingsException kind `IMPOSSIBLE` when it is larger or cannot be read
  Optional<Content> read(String key, int cap) throws IOException, InterruptedException;

  /// @return empty when there is no file
  Optional<Stamp> stamp(String key) throws IOException, InterruptedException;

  /// What became of a write.
  ///
  /// @param revision that the file history made of it
  /// @param stamp of what was written, even when somebody else has changed the file since
  record Written(OptionalLong revision, Stamp stamp) {}

  /// Replaces the content of a file as a whole and records who did it.
  ///
  /// @throws WingsException kind `IMPOSSIBLE` when there is no space
  Written write(String key, byte[] content, Actor actor) throws IOException, InterruptedException;
}
