package dev.wings.core.collab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.collab.document.BadUpdateException;
import dev.wings.core.collab.document.OverloadedDocumentException;
import dev.wings.core.hash.Blake3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One file that is being edited.
///
/// One lock orders everything that happens to it, so that all connections are told the same things
/// in the same order. It is held while the file is read or written, which is meant: a save and what
/// follows it have to be seen as one. Only threads that may wait take it, each connection with one
/// at most, and no two locks are taken together.
final class CollabSession {
  private static final Logger log = LoggerFactory.getLogger(CollabSession.class);
  private static final int MAX_GROWTH = 8;
  private static final byte[] NO_CHANGE = {0, 0};

  private final CollabSessions sessions;
  private final String key;
  private final AtomicBoolean ticking = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();

  // all guarded by lock
  private final Map<CollabConnection, Member> members = new LinkedHashMap<>();
  private @Nullable EditedFile file; // null before it was read
  private long emptySinceNanos;
  private boolean over;
  private long weight; // as the budget knows it

  CollabSession(CollabSessions sessions, String key) {
    this.sessions = sessions;
    this.key = key;
    this.emptySinceNanos = sessions.nanos().getAsLong();
  }

  String key() {
    return key;
  }

  // --- who is there ---

  /// @return false when the session is over and another one has to be opened
  boolean subscribe(CollabConnection connection, CollabConnection.Subscriber subscriber)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      if (over) {
        return false;
      }
      EditedFile opened = opened();
      Member member = members.get(connection);
      if (member == null) {
        member = new Member(connection, subscriber.path(), subscriber.person(), subscriber.rules());
      }
      if (!member.has(subscriber.editor())
          && member.editors() >= sessions.settings().maxEditorsPerSession()) {
        throw WingsException.impossible(CollabErrors.TOO_MANY_EDITORS);
      }
      member.join(subscriber);
      members.put(connection, member);
      member.send(
          CollabEvents.SYNC,
          key,
          base64(opened.document().encodeStateAsUpdate()),
          opened.toJson().toString(),
          subscriber.path());
      tellParticipants();
      return true;
    } finally {
      if (members.isEmpty() && file == null) {
        end(); // could not be opened
      }
      weigh();
      lock.unlock();
    }
  }

  /// The file as it is edited, read anew when nobody holds on to what was read before.
  private EditedFile opened() throws IOException, InterruptedException {
    EditedFile known = file;
    if (known != null && (known.dirty() || (!members.isEmpty() && !known.missing()))) {
      return known;
    }
    file = null;
    try {
      file = read().orElseThrow(() -> WingsException.notFound(CollabErrors.NOT_FOUND));
    } finally {
      if (file == null && !members.isEmpty()) {
        dismiss(CollabErrors.NOT_FOUND);
      }
    }
    return file;
  }

  private Optional<EditedFile> read() throws IOException, InterruptedException {
    Optional<CollabFiles.Content> content = sessions.files().read(key, sessions.fileSizeCap());
    return content.isPresent()
        ? Optional.of(EditedFile.of(content.get(), sessions.random()))
        : Optional.empty();
  }

  /// @return whether that was the last editor of the connection
  boolean unsubscribe(CollabConnection connection, String editor) {
    lock.lock();
    try {
      Member member = members.get(connection);
      if (member == null) {
        return true;
      }
      boolean last = member.remove(editor);
      if (last) {
        leave(connection);
      }
      return last;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the connection takes part; not when it was sent away.
  boolean has(CollabConnection connection) {
    lock.lock();
    try {
      return members.containsKey(connection);
    } finally {
      lock.unlock();
    }
  }

  void leave(CollabConnection connection) {
    lock.lock();
    try {
      Member member = members.remove(connection);
      if (member == null) {
        return;
      }
      List<Cursors> others = new ArrayList<>();
      members.values().forEach(other -> others.add(other.cursors()));
      member.cursors().keepOwn(others);
      if (!member.cursors().isEmpty()) {
        tell(CollabEvents.AWARENESS, base64(member.cursors().removal()));
      }
      tellParticipants();
      if (members.isEmpty()) {
        emptySinceNanos = sessions.nanos().getAsLong();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Sends everybody away.
  private void dismiss(String reason) {
    tell(CollabEvents.ERROR, reason);
    members.clear();
    emptySinceNanos = sessions.nanos().getAsLong();
  }

  /// Tells the budget what the session takes now.
  private void weigh() {
    long now = over || file == null ? 0 : file.weight();
    sessions.budget().add(now - weight);
    weight = now;
  }

  private void end() {
    over = true;
    weigh();
    sessions.discard(this);
  }

  void requireEditor(CollabConnection connection, String editor)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      if (!member(connection).has(editor)) {
        throw WingsException.impossible(CollabErrors.NOT_SUBSCRIBED);
      }
    } finally {
      lock.unlock();
    }
  }

  /// @throws WingsException when the connection has not subscribed, or may not see the file any
  ///   more
  private Member member(CollabConnection connection) throws IOException, InterruptedException {
    Member member = members.get(connection);
    if (member == null || file == null) {
      throw WingsException.impossible(CollabErrors.NOT_SUBSCRIBED);
    }
    if (!mayStay(member)) {
      leave(connection);
      throw WingsException.notFound(CollabErrors.NOT_FOUND);
    }
    return member;
  }

  /// Whether the user may still see the file; looked at again when what hides files has changed.
  private boolean mayStay(Member member) throws IOException, InterruptedException {
    UUID user = member.person().user();
    List<List<String>> rules = sessions.files().rules(user);
    if (rules.equals(member.rules())) {
      return true;
    }
    try {
      sessions.files().resolve(key, user);
    } catch (WingsException hidden) {
      if (hidden.kind() != ErrorKind.NOT_FOUND) {
        throw hidden;
      }
      return false;
    }
    member.rules(rules);
    return true;
  }

  private EditedFile file() {
    if (file == null) {
      throw WingsException.impossible(CollabErrors.NOT_SUBSCRIBED);
    }
    return file;
  }

  // --- editing ---

  void update(CollabConnection connection, String editor, byte[] update)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      Member member = member(connection);
      if (member.stale(editor) || Arrays.equals(update, NO_CHANGE)) {
        return;
      }
      EditedFile edited = file();
      try {
        edited.apply(update);
      } catch (BadUpdateException bad) {
        throw WingsException.invalid(CollabErrors.BAD_UPDATE);
      } catch (OverloadedDocumentException overloaded) {
        log.atDebug().addKeyValue("file", key).setCause(overloaded).log("document begun anew");
        rebuild(edited);
        throw WingsException.invalid(CollabErrors.BAD_UPDATE);
      }
      int cap = sessions.fileSizeCap();
      weigh();
      if (edited.cut(cap)
          || edited.growth() > (long) MAX_GROWTH * cap
          || (sessions.budget().exhausted() && edited.bloated())) {
        rebuild(edited);
      } else {
        tellOthers(connection, CollabEvents.UPDATE, base64(update));
      }
    } finally {
      lock.unlock();
    }
  }

  /// A new document with the same text; everybody begins anew.
  private void rebuild(EditedFile edited) {
    edited.rebuild(sessions.random());
    weigh();
    resyncAll();
  }

  private void resyncAll() {
    members.values().forEach(Member::makeStale);
    tell(CollabEvents.ERROR, CollabErrors.RESYNC);
  }

  /// Makes one connection begin anew, unless it was told so already.
  void resync(CollabConnection connection) {
    lock.lock();
    try {
      Member member = members.get(connection);
      if (member != null && !member.stale()) {
        member.makeStale();
        member.send(CollabEvents.ERROR, member.path(), CollabErrors.RESYNC);
      }
    } finally {
      lock.unlock();
    }
  }

  void awareness(CollabConnection connection, String payload, byte[] message)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      Member member = member(connection);
      member.cursors().note(message, sessions.settings().maxCursorsPerConnection());
      tellOthers(connection, CollabEvents.AWARENESS, payload);
    } finally {
      lock.unlock();
    }
  }

  // --- the file on the disk ---

  void save(CollabConnection connection, boolean force, @Nullable String expected, Actor actor)
      throws IOException, InterruptedException {
    lock.lock();
    try {
      Member member = member(connection);
      EditedFile edited = file();
      Conflict difference = compare(edited).difference();
      if (difference != null) {
        boolean meant = expected == null || expected.equalsIgnoreCase(difference.hash());
        if (!force || !meant) {
          edited.conflict(difference);
          tellConflict(edited);
          return;
        }
      }
      byte[] content = edited.text().getBytes(StandardCharsets.UTF_8);
      CollabFiles.Written written = sessions.files().write(key, content, actor);
      edited.saved(Blake3.hex(content), written.stamp());
      OptionalLong revision = written.revision();
      ObjectNode saved = JsonNodeFactory.instance.objectNode();
      saved.put("user", member.person().user().toString());
      saved.put("revision_id", revision.isPresent() ? (Long) revision.getAsLong() : null);
      tell(CollabEvents.SAVED, saved.toString());
    } finally {
      lock.unlock();
    }
  }

  /// What a look at the disk found.
  ///
  /// @param content empty when there is none that could be edited
  /// @param difference from what the edits were made on, null when there is none
  private record Found(Optional<CollabFiles.Content> content, @Nullable Conflict difference) {}

  private Found compare(EditedFile edited) throws IOException, InterruptedException {
    try {
      Optional<CollabFiles.Content> found = sessions.files().read(key, sessions.fileSizeCap());
      if (found.isEmpty()) {
        return new Found(found, new Conflict(null, /* deleted= */ true));
      }
      String hash = Blake3.hex(found.get().bytes());
      boolean same = hash.equals(edited.hash());
      return new Found(found, same ? null : new Conflict(hash, /* deleted= */ false));
    } catch (WingsException unreadable) {
      if (unreadable.kind() == ErrorKind.UPSTREAM) {
        throw unreadable; // says nothing about the file
      }
      return new Found(Optional.empty(), new Conflict(null, /* deleted= */ false));
    }
  }

  void reload(CollabConnection connection) throws IOException, InterruptedException {
    lock.lock();
    try {
      member(connection);
      file = read().orElseThrow(() -> WingsException.notFound(CollabErrors.NOT_FOUND));
      weigh();
      resyncAll();
    } finally {
      lock.unlock();
    }
  }

  // --- once a second ---

  /// @return false when the last look is not finished yet
  boolean beginTick() {
    return ticking.compareAndSet(false, true);
  }

  /// Compares with the disk, or ends a session that nobody came back to. Skipped while the session
  /// is busy.
  void tick() {
    try {
      if (lock.tryLock()) {
        try {
          look();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | WingsException unreadable) {
      log.atDebug()
          .addKeyValue("file", key)
          .setCause(unreadable)
          .log("file that is edited cannot be looked at");
    } finally {
      ticking.set(false);
    }
  }

  private void look() throws IOException, InterruptedException {
    EditedFile edited = file;
    if (over || edited == null) {
      return;
    }
    if (members.isEmpty()) {
      long grace = Duration.ofSeconds(sessions.settings().sessionGracePeriod()).toNanos();
      if (sessions.nanos().getAsLong() - emptySinceNanos >= grace) {
        if (edited.dirty()) {
          log.atInfo().addKeyValue("file", key).log("unsaved changes of a shared file are lost");
        }
        end();
      }
      return;
    }
    checkRules();
    Optional<CollabFiles.Stamp> stamp = sessions.files().stamp(key);
    if (!stamp.equals(edited.stamp())) {
      reconcile(edited, stamp);
    }
  }

  /// Sends those away from whom the file is hidden by now.
  private void checkRules() throws IOException, InterruptedException {
    for (Map.Entry<CollabConnection, Member> entry : List.copyOf(members.entrySet())) {
      Member member = entry.getValue();
      if (!mayStay(member)) {
        leave(entry.getKey());
        member.send(CollabEvents.ERROR, member.path(), CollabErrors.NOT_FOUND);
      }
    }
  }

  private void reconcile(EditedFile edited, Optional<CollabFiles.Stamp> stamp)
      throws IOException, InterruptedException {
    Found found = compare(edited);
    Conflict difference = found.difference();
    edited.stamp(stamp);
    if (difference == null) {
      if (edited.conflict() != null) {
        edited.conflict(null);
        tellConflict(edited);
      }
    } else if (edited.dirty()) {
      if (!difference.equals(edited.conflict())) {
        edited.conflict(difference);
        tellConflict(edited);
      }
    } else {
      followDisk(edited, found.content());
    }
  }

  /// Nobody has changed anything, so what is on the disk counts.
  private void followDisk(EditedFile edited, Optional<CollabFiles.Content> content) {
    Optional<EditedFile> found;
    try {
      found = content.map(bytes -> EditedFile.of(bytes, sessions.random()));
    } catch (WingsException noText) {
      log.atDebug().addKeyValue("file", key).setCause(noText).log("file is no text any more");
      found = Optional.empty();
    }
    if (found.isPresent()) {
      file = found.get();
      weigh();
      resyncAll();
    } else if (!edited.missing()) {
      edited.markMissing();
      resyncAll(); // who subscribes again is told what is wrong with it
    }
  }

  // --- messages ---

  private void tell(String event, String argument) {
    members.values().forEach(member -> member.send(event, key, argument));
  }

  private void tellOthers(CollabConnection sender, String event, String argument) {
    members.forEach((connection, member) -> {
      if (connection != sender && !member.stale()) {
        member.send(event, key, argument);
      }
    });
  }

  private void tellConflict(EditedFile edited) {
    Conflict conflict = edited.conflict();
    JsonNode json = conflict == null ? JsonNodeFactory.instance.nullNode() : conflict.toJson();
    tell(CollabEvents.CONFLICT, json.toString());
  }

  private void tellParticipants() {
    Map<UUID, Person> people = new LinkedHashMap<>();
    members.values().forEach(member -> people.put(member.person().user(), member.person()));
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    people.values().forEach(person -> json.add(person.toJson()));
    tell(CollabEvents.PARTICIPANTS, json.toString());
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
