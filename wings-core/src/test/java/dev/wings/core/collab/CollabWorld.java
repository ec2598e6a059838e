package dev.wings.core.collab;

import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.collab.document.BadUpdateException;
import dev.wings.core.collab.document.OverloadedDocumentException;
import dev.wings.core.collab.document.SharedText;
import dev.wings.core.config.SystemConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sessions over files in memory, with clients that do what a browser does.
final class CollabWorld {
  static final UUID ANNA = UUID.fromString("49702bdf-f463-441b-8c76-e9fbf7649e75");
  static final UUID BERT = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  static final String FILE = "server.properties";
  static final SystemConfig.FileCollaboration DEFAULTS =
      new SystemConfig.FileCollaboration(true, 1 << 20, 16, 8, 32, 64, 30);

  SystemConfig.FileCollaboration settings = DEFAULTS;
  final MemoryFiles files = new MemoryFiles();
  private long nanos;
  final CollabBudget budget = new CollabBudget(1 << 20);
  final CollabSessions sessions =
      new CollabSessions(files, () -> settings, () -> nanos, new Random(1), budget);

  /// Time passes, with a look each second.
  void seconds(int count) {
    for (int i = 0; i < count; i++) {
      nanos += TimeUnit.SECONDS.toNanos(1);
      sessions.tick(Runnable::run);
    }
  }

  Client client(UUID user) {
    return new Client(user);
  }

  /// One connection with one editor of [#FILE].
  final class Client implements CollabClient {
    final UUID user;
    final CollabConnection connection = sessions.connect(this);
    private final List<String> received = new ArrayList<>();
    SharedText document;

    Client(UUID user) {
      this.user = user;
      this.document = new SharedText(user.hashCode() & 0xffff);
    }

    Client open() throws IOException, InterruptedException {
      return open(FILE, "");
    }

    Client open(String path, String editor) throws IOException, InterruptedException {
      document = new SharedText(document.hashCode() & 0xffffff);
      connection.subscribe(path, editor, new Person(user, "name of " + user, null));
      return this;
    }

    /// Changes the text and tells the server.
    void type(int from, int to, String text) throws Exception {
      byte[] known = document.stateVector();
      document.replace(from, to, text);
      connection.update(FILE, true, base64(document.encodeStateAsUpdate(known)), "");
    }

    void save(boolean force, @Nullable String expected) throws IOException, InterruptedException {
      connection.save(FILE, force, expected, new Actor(user, "192.0.2.1", null));
    }

    @Override
    public void send(String event, List<String> arguments) {
      String name = event.substring("file collab ".length());
      try {
        if (name.equals("sync") || name.equals("update")) {
          document.applyUpdate(Base64.getDecoder().decode(arguments.get(1)));
          List<String> shown = new ArrayList<>(arguments);
          shown.remove(1);
          received.add(name + " " + shown);
          return;
        }
      } catch (BadUpdateException | OverloadedDocumentException e) {
        throw new AssertionError(e);
      }
      received.add(name + " " + arguments);
    }

    /// What arrived since the last call, without documents and epochs.
    List<String> received() {
      List<String> all =
          received.stream()
              .map(text -> text.replaceAll(",\"epoch\":\"[0-9a-f-]{36}\"", ""))
              .toList();
      received.clear();
      return all;
    }

    String epoch() {
      return received.stream()
          .filter(text -> text.startsWith("sync"))
          .map(text -> text.replaceAll(".*\"epoch\":\"([0-9a-f-]{36})\".*", "$1"))
          .reduce("", (_, last) -> last);
    }

    String text() {
      return document.text();
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static String refusal(Refusing action) throws Exception {
    try {
      action.run();
    } catch (WingsException refused) {
      return refused.getMessage();
    }
    return "not refused";
  }

  interface Refusing {
    void run() throws Exception;
  }
}
