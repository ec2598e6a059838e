package dev.wings.core.collab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One connection in a session.
final class Member {
  private final CollabConnection connection;
  private final Map<String, Boolean> editors = new LinkedHashMap<>(); // id to whether it is stale
  private final Cursors cursors = new Cursors();
  private Person person;
  private String path;
  private List<List<String>> rules;

  Member(CollabConnection connection, String path, Person person, List<List<String>> rules) {
    this.connection = connection;
    this.path = path;
    this.person = person;
    this.rules = rules;
  }

  /// An editor begins with the newest state.
  void join(CollabConnection.Subscriber subscriber) {
    editors.put(subscriber.editor(), false);
    path = subscriber.path();
    person = subscriber.person();
    rules = subscriber.rules();
  }

  boolean has(String editor) {
    return editors.containsKey(editor);
  }

  int editors() {
    return editors.size();
  }

  /// @return whether it was the last one
  boolean remove(String editor) {
    return editors.remove(editor) != null && editors.isEmpty();
  }

  /// Whether the editor was told to begin anew and has not done so yet: what it still sends belongs
  /// to a document that is gone.
  boolean stale(String editor) {
    return editors.getOrDefault(editor, false);
  }

  boolean stale() {
    return !editors.containsValue(false);
  }

  void makeStale() {
    editors.replaceAll((_, _) -> true);
  }

  Cursors cursors() {
    return cursors;
  }

  Person person() {
    return person;
  }

  /// How the client spells the file's path.
  String path() {
    return path;
  }

  /// What hid files from the user when that was looked at last.
  List<List<String>> rules() {
    return rules;
  }

  void rules(List<List<String>> seen) {
    rules = seen;
  }

  void send(String event, String... arguments) {
    connection.send(event, List.of(arguments));
  }
}
