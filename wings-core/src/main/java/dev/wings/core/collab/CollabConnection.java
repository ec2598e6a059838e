package dev.wings.core.collab;

import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part of one connection in the editing of files: what it is subscribed to, and how its client
/// spells that. Methods are called one after the other, on threads that may wait; a
/// [dev.wings.core.WingsException] carries a text for the client.
public final class CollabConnection {
  private static final int MAX_EDITOR_BYTES = 64;
  private static final int MAX_SPELLINGS = 256;
  private static final int MAX_AWARENESS_CHARACTERS = 64 << 10;

  private final CollabSessions sessions;
  private final CollabClient client;
  private final Map<String, CollabSession> subscriptions = new LinkedHashMap<>(); // by key
  private final Map<String, String> keys = new HashMap<>(); // by spelling
  private final ChunkBuffers chunks;

  CollabConnection(CollabSessions sessions, CollabClient client) {
    this.sessions = sessions;
    this.client = client;
    this.chunks = new ChunkBuffers(sessions.budget());
  }

  void send(String event, List<String> arguments) {
    client.send(event, arguments);
  }

  /// Opens a file or joins those who edit it.
  ///
  /// @param path as the client spells it, which it is called in answers to this connection
  /// @param editor tells several editors of one connection apart, may be empty
  public void subscribe(String path, String editor, Person person)
      throws IOException, InterruptedException {
    if (editor.getBytes(StandardCharsets.UTF_8).length > MAX_EDITOR_BYTES) {
      throw WingsException.invalid(CollabErrors.EDITOR_ID);
    }
    List<List<String>> rules = sessions.files().rules(person.user());
    String key = sessions.files().resolve(path, person.user());
    chunks.forget(path, editor);
    int most = sessions.settings().maxSessionsPerConnection();
    if (!subscriptions.containsKey(key) && subscriptions.size() >= most) {
      subscriptions.values().removeIf(session -> !session.has(this)); // it was sent away
      if (subscriptions.size() >= most) {
        throw WingsException.impossible(CollabErrors.TOO_MANY_SESSIONS);
      }
    }
    keys.values().removeIf(known -> !subscriptions.containsKey(known));
    if (!keys.containsKey(path) && keys.size() >= MAX_SPELLINGS) {
      throw WingsException.impossible(CollabErrors.TOO_MANY_EDITORS);
    }
    CollabSession session =
        sessions.subscribe(key, this, new Subscriber(path, editor, person, rules));
    subscriptions.put(key, session);
    keys.put(path, key);
  }

  /// What a subscription begins with.
  ///
  /// @param rules what hid files from the user before the path was resolved
  record Subscriber(String path, String editor, Person person, List<List<String>> rules) {}

  /// An editor leaves; unknown ones are ignored.
  public void unsubscribe(String path, String editor) {
    chunks.forget(path, editor);
    String key = keys.get(path);
    CollabSession session = key == null ? null : subscriptions.get(key);
    if (session != null && session.unsubscribe(this, editor)) {
      subscriptions.remove(key);
      keys.values().removeIf(known -> known.equals(key));
    }
  }

  /// A part of a change.
  ///
  /// @param finished whether it is the last part
  /// @param chunk in Base64
  public void update(String path, boolean finished, String chunk, String editor)
      throws IOException, InterruptedException {
    CollabSession session = subscribed(path);
    session.requireEditor(this, editor);
    chunks.add(path, editor, chunk, sessions.fileSizeCap());
    if (finished) {
      session.update(this, editor, chunks.take(path, editor));
    }
  }

  /// Shows the others where this one's cursors are.
  ///
  /// @param payload in Base64
  public void awareness(String path, String payload) throws IOException, InterruptedException {
    CollabSession session = subscribed(path);
    if (payload.length() > MAX_AWARENESS_CHARACTERS) {
      throw WingsException.invalid("awareness message too large");
    }
    byte[] message;
    try {
      message = Base64.getDecoder().decode(payload);
    } catch (IllegalArgumentException noBase64) {
      message = new byte[0]; // relayed, but tells nothing
    }
    session.awareness(this, payload, message);
  }

  /// Writes the text to the file.
  ///
  /// @param force even when the file was changed by somebody else
  /// @param expected hash of the file that may be overwritten, null for any
  public void save(String path, boolean force, @Nullable String expected, Actor actor)
      throws IOException, InterruptedException {
    subscribed(path).save(this, force, expected, actor);
  }

  /// Takes the file's content instead of the text.
  public void reload(String path) throws IOException, InterruptedException {
    subscribed(path).reload(this);
  }

  private CollabSession subscribed(String path) {
    String key = keys.get(path);
    CollabSession session = key == null ? subscriptions.get(path) : subscriptions.get(key);
    if (session == null) {
      throw WingsException.impossible(CollabErrors.NOT_SUBSCRIBED);
    }
    return session;
  }

  /// Messages did not reach the client: it has to begin anew with everything.
  public void resync() {
    subscriptions.values().forEach(session -> session.resync(this));
  }

  /// Leaves everything. The connection is of no use afterwards.
  public void close() {
    List.copyOf(subscriptions.values()).forEach(session -> session.leave(this));
    subscriptions.clear();
    chunks.clear();
    sessions.left();
  }
}
