package dev.wings.core.collab;

import static dev.wings.core.collab.CollabWorld.ANNA;
import static dev.wings.core.collab.CollabWorld.BERT;
import static dev.wings.core.collab.CollabWorld.FILE;
import static dev.wings.core.collab.CollabWorld.base64;
import static dev.wings.core.collab.CollabWorld.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.collab.CollabWorld.Client;
import dev.wings.core.collab.document.ByteWriter;
import dev.wings.core.collab.document.SharedText;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.hash.Blake3;
import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CollabSessionsTest {
  private static final String CLEAN = "{\"dirty\":false,\"conflict\":null}";
  private static final String RESYNC = "error [" + FILE + ", resync]";

  private final CollabWorld world = new CollabWorld();

  @BeforeEach
  void aFile() {
    world.files.put(FILE, "motd=hello\n");
  }

  private static String hash(String text) {
    return Blake3.hex(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SystemConfig.FileCollaboration limits(
      long cap, int perServer, int perConnection, int editors, int cursors) {
    return new SystemConfig.FileCollaboration(
        true, cap, perServer, perConnection, editors, cursors, 30);
  }

  // --- subscribe ---

  @Test
  void whoSubscribesGetsTheTextAndEverybodyLearnsWhoIsThere() throws Exception {
    Client anna = world.client(ANNA).open("/" + FILE, "left");
    String one = "{\"user\":\"%s\",\"name\":\"name of %s\",\"avatar\":null}".formatted(ANNA, ANNA);
    String two = "{\"user\":\"%s\",\"name\":\"name of %s\",\"avatar\":null}".formatted(BERT, BERT);

    assertThat(anna.text()).isEqualTo("motd=hello\n");
    assertThat(anna.received())
        .containsExactly(
            "sync [" + FILE + ", " + CLEAN + ", /" + FILE + "]",
            "participants [" + FILE + ", [" + one + "]]");
    Client bert = world.client(BERT).open();

    assertThat(bert.text()).isEqualTo("motd=hello\n");
    String both = "participants [" + FILE + ", [" + one + "," + two + "]]";
    assertThat(anna.received()).containsExactly(both);
    assertThat(bert.received())
        .containsExactly("sync [" + FILE + ", " + CLEAN + ", " + FILE + "]", both);
  }

  @Test
  void onlyTextsOfLimitedSizeAreOpened() throws Exception {
    world.files.put("binary", new byte[] {'a', (byte) 0xc3, '('});
    world.files.put("large", "x".repeat(11));
    world.settings = limits(10, 16, 8, 32, 64);
    Client anna = world.client(ANNA);

    assertThat(refusal(() -> anna.open("binary", ""))).isEqualTo(CollabErrors.NOT_TEXT);
    assertThat(refusal(() -> anna.open("large", ""))).isEqualTo(CollabErrors.TOO_LARGE);
    assertThat(refusal(() -> anna.open("absent", ""))).isEqualTo(CollabErrors.NOT_FOUND);
    anna.connection.close();
    assertThat(world.sessions.idle()).isTrue();
  }

  @Test
  void sessionsAndEditorsAreLimited() throws Exception {
    world.settings = limits(1 << 20, 3, 2, 2, 64);
    for (int i = 0; i < 4; i++) {
      world.files.put("f" + i, "text");
    }
    Client anna = world.client(ANNA).open("f0", "a").open("f0", "b").open("f1", "a");
    Client bert = world.client(BERT).open("f2", "a");

    assertThat(refusal(() -> anna.open("f0", "c"))).isEqualTo(CollabErrors.TOO_MANY_EDITORS);
    assertThat(refusal(() -> anna.open("f2", "a"))).isEqualTo(CollabErrors.TOO_MANY_SESSIONS);
    assertThat(refusal(() -> bert.open("f3", "a"))).isEqualTo(CollabErrors.TOO_MANY_SESSIONS);
    assertThat(refusal(() -> bert.open("f2", "x".repeat(65)))).isEqualTo(CollabErrors.EDITOR_ID);
    anna.connection.unsubscribe("f1", "a");
    assertThat(refusal(() -> anna.open("f2", "a"))).isEqualTo("not refused");
  }

  @Test
  void whoWasSentAwayHasThePlaceForAnotherFile() throws Exception {
    world.settings = limits(1 << 20, 3, 2, 2, 64);
    for (int i = 0; i < 3; i++) {
      world.files.put("f" + i, "text");
    }
    Client anna = world.client(ANNA).open("f0", "").open("f1", "");
    assertThat(refusal(() -> anna.open("f2", ""))).isEqualTo(CollabErrors.TOO_MANY_SESSIONS);

    world.files.hidden.put(ANNA, List.of("f0"));
    world.seconds(1);

    assertThat(refusal(() -> anna.open("f2", ""))).isEqualTo("not refused");
    assertThat(refusal(() -> anna.open("f1", "b"))).isEqualTo("not refused");
  }

  // --- update ---

  @Test
  void editsReachTheOthersAndEverybodyHasTheSameText() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    anna.received();

    anna.type(5, 10, "hi");
    bert.type(0, 0, "# note\n");
    anna.type(anna.text().length(), anna.text().length(), "end");
    Client late = world.client(BERT).open();

    assertThat(anna.text()).isEqualTo("# note\nmotd=hi\nend");
    assertThat(bert.text()).isEqualTo(anna.text()).isEqualTo(late.text());
    assertThat(anna.received().getFirst()).isEqualTo("update [" + FILE + "]");
    assertThat(late.received().getFirst()).contains("\"dirty\":true");
    assertThat(world.files.text(FILE)).isEqualTo("motd=hello\n");
  }

  @Test
  void partsOfAnUpdateArePutTogether() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    byte[] known = anna.document.stateVector();
    anna.document.replace(0, 4, "a longer name");
    String update = base64(anna.document.encodeStateAsUpdate(known));

    for (int i = 0; i < update.length(); i++) { // cut anywhere
      anna.connection.update(FILE, i == update.length() - 1, update.substring(i, i + 1), "");
    }

    assertThat(bert.text()).isEqualTo("a longer name=hello\n");
  }

  @Test
  void updatesThatAreNoneAreRefusedAndChangeNothing() throws Exception {
    world.settings = limits(100, 16, 8, 32, 64);
    Client anna = world.client(ANNA).open();
    CollabConnection to = anna.connection;

    assertThat(refusal(() -> to.update(FILE, true, "AQE=", ""))).isEqualTo("bad update");
    assertThat(refusal(() -> to.update(FILE, true, "%%%%", ""))).isEqualTo("bad update");
    assertThat(refusal(() -> to.update(FILE, true, "A".repeat(400), ""))).contains("too large");
    assertThat(refusal(() -> to.update(FILE, true, "AAA=", "other")))
        .isEqualTo(CollabErrors.NOT_SUBSCRIBED);
    assertThat(refusal(() -> to.update("unknown", true, "AAA=", "")))
        .isEqualTo(CollabErrors.NOT_SUBSCRIBED);
    assertThat(world.client(BERT).open().received().getFirst()).contains(CLEAN);
  }

  @Test
  void aTextBeyondTheLimitIsCutBetweenCharactersAndEverybodyBeginsAnew() throws Exception {
    world.settings = limits(60, 16, 8, 32, 64);
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    anna.type(11, 11, "a".repeat(30));
    String epoch = anna.epoch();
    anna.received();
    bert.received();

    anna.type(41, 41, "1234567890123456ééé"); // 63 bytes in all, the 60th within a character

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(bert.received()).containsExactly(RESYNC);
    anna.type(0, 0, "lost: made on a document that is gone");
    assertThat(anna.open().text()).isEqualTo("motd=hello\n" + "a".repeat(30) + "1234567890123456é");
    assertThat(anna.epoch()).isNotEqualTo(epoch);
    bert.open();
    anna.type(0, 1, "M");
    assertThat(bert.text()).startsWith("Motd");
  }

  @Test
  void aDocumentThatGrewByEditingBackAndForthIsBegunAnew() throws Exception {
    world.settings = limits(50, 16, 8, 32, 64);
    Client anna = world.client(ANNA).open();
    anna.received();

    for (int i = 0; i < 60 && anna.received().isEmpty(); i++) {
      anna.type(0, 1, "x");
    }

    assertThat(anna.open().text()).isEqualTo("xotd=hello\n");
    assertThat(anna.document.encodeStateAsUpdate()).hasSizeLessThan(50);
  }

  @Test
  @Proves("WS-04")
  void anUpdateThatCostsTooMuchEndsTheDocumentAndNotTheNode() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    bert.received();
    ByteWriter hostile = new ByteWriter();
    hostile.writeUnsigned(20_000);
    for (int client = 1; client <= 20_000; client++) {
      hostile.writeUnsigned(1);
      hostile.writeUnsigned(client);
      hostile.writeUnsigned(0);
      hostile.writeUnsigned(4);
      hostile.writeUnsigned(1);
      hostile.writeString("content");
      hostile.writeString("x");
    }
    hostile.writeUnsigned(0);

    assertThat(refusal(() -> anna.connection.update(FILE, true, base64(hostile.toBytes()), "")))
        .isEqualTo("bad update");
    assertThat(bert.received()).containsExactly(RESYNC);
    assertThat(bert.open().text()).endsWith("motd=hello\n");
  }

  @Test
  @Proves("WS-04")
  void editingTakesABoundedPartOfTheMemory() throws Exception {
    for (int i = 0; i < 4; i++) {
      world.files.put("f" + i, "x".repeat(200_000));
    }
    Client anna = world.client(ANNA).open("f0", "").open("f1", "").open("f2", "");
    Client bert = world.client(BERT);

    assertThat(world.budget.exhausted()).isTrue();
    assertThat(refusal(bert::open)).isEqualTo(CollabErrors.TOO_MANY_SESSIONS);
    anna.connection.update("f0", false, "AAAA", "");
    assertThat(refusal(() -> anna.connection.update("f0", false, "AAAA", "")))
        .isEqualTo("update too large");
    anna.connection.close();
    world.seconds(31);

    assertThat(world.budget.usedBytes()).isZero();
    assertThat(bert.open().text()).isEqualTo("motd=hello\n");
  }

  @Test
  void aDocumentIsBegunAnewToSaveMemory() throws Exception {
    Client anna = world.client(ANNA).open();
    for (int i = 0; i < 400; i++) { // no two letters are neighbours in time
      anna.type(i % 2 == 0 ? 0 : anna.text().length(), i % 2 == 0 ? 0 : anna.text().length(), "z");
    }
    anna.received();
    long before = world.budget.usedBytes();
    world.budget.add(2 << 20);

    anna.type(0, 0, "last");

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(world.budget.usedBytes() - (2 << 20)).isLessThan(before / 10);
    assertThat(anna.open().text()).hasSize(415).startsWith("last");
  }

  // --- awareness ---

  @Test
  void cursorsAreRelayedAsTheyAreAndTakenAwayWhenTheirConnectionLeaves() throws Exception {
    world.settings = limits(1 << 20, 16, 8, 32, 2);
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    bert.received();
    anna.received();
    ByteWriter cursors = new ByteWriter();
    cursors.writeUnsigned(3);
    for (long client = 1; client <= 3; client++) {
      cursors.writeUnsigned(client);
      cursors.writeUnsigned(7);
      cursors.writeString("{\"cursor\":1}");
    }

    anna.connection.awareness(FILE, base64(cursors.toBytes()));
    anna.connection.awareness(FILE, "!not base64!");
    assertThat(anna.received()).isEmpty();
    assertThat(bert.received())
        .containsExactly(
            "awareness [" + FILE + ", " + base64(cursors.toBytes()) + "]",
            "awareness [" + FILE + ", !not base64!]");
    anna.connection.close();

    ByteWriter removal = new ByteWriter();
    removal.writeUnsigned(2); // as many as are remembered
    for (long client = 1; client <= 2; client++) {
      removal.writeUnsigned(client);
      removal.writeUnsigned(7);
      removal.writeString("null");
    }
    assertThat(bert.received())
        .first()
        .isEqualTo("awareness [" + FILE + ", " + base64(removal.toBytes()) + "]");
  }

  // --- save, reload ---

  @Test
  void savingWritesTheFileAndTellsEverybody() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    anna.type(0, 4, "MOTD");
    anna.received();
    bert.received();

    anna.save(false, null);

    String saved = "saved [" + FILE + ", {\"user\":\"" + ANNA + "\",\"revision_id\":1}]";
    assertThat(anna.received()).containsExactly(saved);
    assertThat(bert.received()).containsExactly(saved);
    assertThat(world.files.text(FILE)).isEqualTo("MOTD=hello\n");
    assertThat(world.files.writes).containsExactly(FILE + " by " + ANNA);
    world.seconds(3);
    assertThat(anna.received()).isEmpty();
    assertThat(world.client(BERT).open().received().getFirst()).contains(CLEAN);
  }

  @Test
  void aFileThatWasChangedOnTheDiskIsNotOverwrittenByMistake() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    anna.type(0, 4, "MOTD");
    world.files.put(FILE, "of the game\n");
    anna.received();
    bert.received();
    String disk = hash("of the game\n");
    String conflict = "conflict [" + FILE + ", {\"hash\":\"" + disk + "\",\"deleted\":false}]";

    anna.save(false, null);
    anna.save(false, disk);
    anna.save(true, hash("something else"));
    assertThat(anna.received()).containsExactly(conflict, conflict, conflict);
    assertThat(bert.received()).containsExactly(conflict, conflict, conflict);
    assertThat(world.files.text(FILE)).isEqualTo("of the game\n");
    anna.save(true, disk);

    assertThat(anna.received().getLast()).startsWith("saved");
    assertThat(world.files.text(FILE)).isEqualTo("MOTD=hello\n");
    world.files.put(FILE, "again\n");
    anna.type(0, 1, "m");
    anna.save(true, null);
    assertThat(world.files.text(FILE)).isEqualTo("mOTD=hello\n");
  }

  @Test
  void aSaveWithoutSpaceKeepsTheChanges() throws Exception {
    Client anna = world.client(ANNA).open();
    anna.type(0, 4, "MOTD");
    world.files.full = true;

    assertThat(refusal(() -> anna.save(false, null))).isEqualTo(CollabErrors.NO_SPACE);
    world.files.full = false;
    anna.save(false, null);

    assertThat(world.files.text(FILE)).isEqualTo("MOTD=hello\n");
  }

  @Test
  void reloadingTakesTheContentOfTheDisk() throws Exception {
    Client anna = world.client(ANNA).open();
    anna.type(0, 4, "MOTD");
    world.files.put(FILE, "of the game\n");
    world.seconds(1);
    anna.received();

    anna.connection.reload(FILE);

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(anna.open().text()).isEqualTo("of the game\n");
    assertThat(anna.received().getFirst()).contains(CLEAN);
  }

  // --- the look at the disk each second ---

  @Test
  void aChangeRightAfterASaveIsFollowed() throws Exception {
    Client anna = world.client(ANNA).open();
    anna.type(0, 4, "MOTD");
    world.files.afterWrite = () -> world.files.put(FILE, "of the game\n");
    anna.save(false, null);
    anna.received();

    world.seconds(1);

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(anna.open().text()).isEqualTo("of the game\n");
  }

  @Test
  void aChangeOnTheDiskIsReadOnce() throws Exception {
    world.client(ANNA).open();
    int before = world.files.reads;

    world.files.put(FILE, "of the game\n");
    world.seconds(3);

    assertThat(world.files.reads).isEqualTo(before + 1);
  }

  @Test
  void aChangeOnTheDiskIsFollowedWhileNobodyHasEdited() throws Exception {
    Client anna = world.client(ANNA).open();
    anna.received();
    world.seconds(2);
    assertThat(anna.received()).isEmpty();

    world.files.put(FILE, "of the game\n");
    world.seconds(2);

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(anna.open().text()).isEqualTo("of the game\n");
    world.files.put(FILE, "of the game\n"); // written again, the same
    anna.received();
    world.seconds(2);
    assertThat(anna.received()).isEmpty();
  }

  @Test
  void aChangeOnTheDiskIsAConflictWithEditsUntilItIsGone() throws Exception {
    Client anna = world.client(ANNA).open();
    anna.type(0, 4, "MOTD");
    anna.received();

    world.files.put(FILE, "of the game\n");
    world.seconds(3);
    world.files.put(FILE, "motd=hello\n");
    world.seconds(3);
    world.files.delete(FILE);
    world.seconds(3);

    assertThat(anna.received())
        .containsExactly(
            "conflict ["
                + FILE
                + ", {\"hash\":\""
                + hash("of the game\n")
                + "\",\"deleted\":false}]",
            "conflict [" + FILE + ", null]",
            "conflict [" + FILE + ", {\"hash\":null,\"deleted\":true}]");
    anna.save(true, null);
    assertThat(world.files.text(FILE)).isEqualTo("MOTD=hello\n");
  }

  @Test
  void aFileThatIsDeletedWhileNobodyHasEditedIsToldOnce() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    anna.received();
    world.files.delete(FILE);

    world.seconds(3);

    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(refusal(anna::open)).isEqualTo(CollabErrors.NOT_FOUND);
    bert.type(0, 0, "lost: the file is gone");
    world.files.put(FILE, "back\n");
    world.seconds(1);
    assertThat(anna.received()).containsExactly(RESYNC);
    assertThat(anna.open().text()).isEqualTo("back\n");
  }

  // --- leaving ---

  @Test
  void unsavedChangesStayForAWhileAfterEverybodyLeft() throws Exception {
    Client anna = world.client(ANNA).open(FILE, "a").open(FILE, "b");
    byte[] known = anna.document.stateVector();
    anna.document.replace(0, 4, "MOTD");
    anna.connection.update(FILE, true, base64(anna.document.encodeStateAsUpdate(known)), "b");
    anna.connection.unsubscribe(FILE, "a");
    anna.connection.unsubscribe(FILE, "b");
    anna.connection.close();

    world.seconds(29);
    Client bert = world.client(BERT).open();
    assertThat(bert.text()).isEqualTo("MOTD=hello\n");
    bert.connection.close();
    world.seconds(29);
    assertThat(world.sessions.idle()).isFalse();
    world.seconds(2);
    assertThat(world.sessions.idle()).isTrue();

    assertThat(world.client(BERT).open().text()).isEqualTo("motd=hello\n");
  }

  @Test
  void whoComesToACleanSessionThatIsEmptySeesTheDisk() throws Exception {
    world.client(ANNA).open().connection.close();
    world.files.put(FILE, "newer\n");

    assertThat(world.client(BERT).open().text()).isEqualTo("newer\n");
  }

  @Test
  void aClientThatMissedSomethingBeginsAnewOnce() throws Exception {
    Client anna = world.client(ANNA).open("/" + FILE, "");
    anna.received();

    anna.connection.resync();
    anna.connection.resync();
    assertThat(anna.received()).containsExactly("error [/" + FILE + ", resync]");
    anna.open("/" + FILE, "");
    anna.received();
    anna.connection.resync();

    assertThat(anna.received()).hasSize(1);
  }

  @Test
  @Proves("FS-06")
  void aFileThatIsHiddenFromAUserLaterIsTakenAway() throws Exception {
    Client anna = world.client(ANNA).open();
    Client bert = world.client(BERT).open();
    Client other = world.client(ANNA).open();
    anna.received();
    world.files.hidden.put(ANNA, List.of(FILE));

    assertThat(refusal(() -> anna.type(0, 0, "x"))).isEqualTo(CollabErrors.NOT_FOUND);
    assertThat(refusal(anna::open)).isEqualTo(CollabErrors.NOT_FOUND);
    world.seconds(1);
    assertThat(other.received()).contains("error [" + FILE + ", " + CollabErrors.NOT_FOUND + "]");
    bert.type(0, 0, "secret ");

    assertThat(anna.text()).doesNotContain("secret");
    assertThat(other.text()).doesNotContain("secret");
    assertThat(refusal(() -> other.save(false, null))).isEqualTo(CollabErrors.NOT_SUBSCRIBED);
  }

  @Test
  void theDocumentIsTheOneOfYjs() {
    assertThat(SharedText.of(1, "x").encodeStateAsUpdate()).startsWith(1, 1, 1, 0, 4, 1, 7);
  }
}
