package dev.wings.core.collab.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedTextTest {
  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  @Test
  void aTextIsEncodedAsTheFormatSays() {
    // 1 client: 1 run of client 5 from clock 0; a string in "content"; nothing deleted
    assertThat(SharedText.of(5, "hé").encodeStateAsUpdate())
        .isEqualTo(hex("01 01 05 00 04 01 07 63 6f 6e 74 65 6e 74 03 68 c3 a9 00"));
    assertThat(SharedText.of(5, "").encodeStateAsUpdate()).isEqualTo(hex("00 00"));
  }

  @Test
  void aPartOfTheTextIsReplaced() {
    SharedText document = SharedText.of(1, "hello world");

    document.replace(6, 11, "there");
    document.replace(0, 1, "H");
    document.replace(11, 11, "!");
    assertThat(document.text()).isEqualTo("Hello there!");
    document.replace(0, 12, "");

    assertThat(document.text()).isEmpty();
    assertThatThrownBy(() -> document.replace(0, 1, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void editsOfBothSidesAtTheSamePlaceAreKeptInTheSameOrder() throws Exception {
    SharedText one = SharedText.of(1, "ac");
    SharedText two = new SharedText(2);
    two.applyUpdate(one.encodeStateAsUpdate());
    one.replace(1, 1, "1111");
    two.replace(1, 1, "2222");

    byte[] fromOne = one.encodeStateAsUpdate(two.stateVector());
    one.applyUpdate(two.encodeStateAsUpdate(one.stateVector()));
    two.applyUpdate(fromOne);

    assertThat(one.text()).isEqualTo("a11112222c").isEqualTo(two.text());
  }

  @Test
  void aCutPairOfSurrogatesLeavesReplacementCharacters() throws Exception {
    SharedText one = SharedText.of(1, "a😀b");
    one.replace(2, 2, "-");

    SharedText two = new SharedText(2);
    two.applyUpdate(one.encodeStateAsUpdate());

    assertThat(one.text()).isEqualTo("a\ufffd-\ufffdb").isEqualTo(two.text());
  }

  @Test
  void typingCostsNoMorePartsThanTheTextHasPieces() throws Exception {
    SharedText typist = new SharedText(7);
    SharedText reader = new SharedText(8);
    for (int i = 0; i < 2000; i++) {
      byte[] known = typist.stateVector();
      typist.replace(i, i, "x");
      reader.applyUpdate(typist.encodeStateAsUpdate(known));
    }

    assertThat(reader.text()).hasSize(2000);
    assertThat(reader.encodeStateAsUpdate()).hasSizeLessThan(2050);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void editorsConvergeWhateverTheOrderOfDelivery(long seed) throws Exception {
    Random random = new Random(seed);
    List<SharedText> editors = new ArrayList<>();
    List<List<byte[]>> inboxes = new ArrayList<>();
    List<byte[]> everything = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      editors.add(new SharedText(100 - i));
      inboxes.add(new ArrayList<>());
    }
    for (int round = 0; round < 300; round++) {
      int who = random.nextInt(editors.size());
      SharedText editor = editors.get(who);
      if (random.nextInt(3) > 0) {
        byte[] update = edit(editor, random);
        everything.add(update);
        for (int other = 0; other < editors.size(); other++) {
          if (other != who) {
            inboxes.get(other).add(update);
          }
        }
      } else if (!inboxes.get(who).isEmpty()) { // any of them, so that some come too early
        List<byte[]> inbox = inboxes.get(who);
        editor.applyUpdate(inbox.remove(random.nextInt(inbox.size())));
      }
    }
    for (int i = 0; i < editors.size(); i++) {
      Collections.shuffle(inboxes.get(i), random);
      for (byte[] update : inboxes.get(i)) {
        editors.get(i).applyUpdate(update);
      }
    }
    Collections.shuffle(everything, random);
    SharedText late = new SharedText(1);
    for (byte[] update : everything) {
      late.applyUpdate(update);
    }

    for (SharedText editor : editors) {
      assertThat(editor.incomplete()).isFalse();
      assertThat(editor.text()).as("seed %d", seed).isEqualTo(late.text());
    }
  }

  private static byte[] edit(SharedText editor, Random random) throws Exception {
    byte[] known = editor.stateVector();
    int length = editor.text().length();
    int from = random.nextInt(length + 1);
    int to = Math.min(length, from + (random.nextBoolean() ? 0 : random.nextInt(5)));
    String text = random.nextInt(4) == 0 ? "" : "abcdefgh".substring(random.nextInt(8));
    editor.replace(from, to, text);
    return editor.encodeStateAsUpdate(known);
  }

  @Test
  void anUpdateThatComesTooEarlyWaitsForWhatItNeeds() throws Exception {
    SharedText writer = new SharedText(3);
    writer.replace(0, 0, "first ");
    byte[] first = writer.encodeStateAsUpdate();
    byte[] known = writer.stateVector();
    writer.replace(6, 6, "second");
    byte[] second = writer.encodeStateAsUpdate(known);

    SharedText reader = new SharedText(4);
    reader.applyUpdate(second);
    assertThat(reader.text()).isEmpty();
    assertThat(reader.incomplete()).isTrue();
    reader.applyUpdate(first);

    assertThat(reader.text()).isEqualTo("first second");
    assertThat(reader.incomplete()).isFalse();
  }

  @Test
  void everyUpdateThatIsCutOffIsRefusedAndChangesNothing() throws Exception {
    SharedText writer = SharedText.of(3, "some text");
    writer.replace(2, 4, "X");
    byte[] whole = writer.encodeStateAsUpdate();
    for (int length = 0; length < whole.length; length++) {
      SharedText reader = new SharedText(4);
      byte[] part = Arrays.copyOf(whole, length);

      assertThatThrownBy(() -> reader.applyUpdate(part)).isInstanceOf(BadUpdateException.class);
      assertThat(reader.encodeStateAsUpdate()).isEqualTo(hex("00 00"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing at all
        "00 00 00", // something behind the end
        "ff ff ff ff ff ff ff ff ff 01 00", // a count beyond all bounds
        "01 01 05 00 0b 01 01 61 00 00", // unknown content
        "01 01 05 00 04 01 01 61 00 00", // a string without a unit
        "01 01 05 00 00 00 00", // forgotten units, none of them
        "01 01 05 ff ff ff ff 07 00 01 00", // clock beyond 2^31
        "01 01 05 01 84 05 01 01 61 00", // an item behind itself
        "01 01 05 00 04 01 01 61 02 c3 28 00", // no UTF-8
        "02 01 05 00 00 01 01 05 01 00 01 00", // a client twice
        "00 01 05 01 03 00", // nothing deleted
      })
  void whatIsNoUpdateIsRefused(String bytes) {
    SharedText document = SharedText.of(3, "text");

    assertThatThrownBy(() -> document.applyUpdate(hex(bytes)))
        .isInstanceOf(BadUpdateException.class);
    assertThat(document.text()).isEqualTo("text");
  }

  @Test
  void deeplyNestedValuesAreRefused() {
    ByteWriter out = new ByteWriter();
    out.writeBytes(hex("01 01 05 00 08 01 01 61 01"));
    for (int i = 0; i < 100_000; i++) {
      out.writeBytes(hex("75 01")); // an array of one
    }
    out.writeBytes(hex("7e 00"));

    assertThatThrownBy(() -> new SharedText(1).applyUpdate(out.toBytes()))
        .isInstanceOf(BadUpdateException.class);
  }

  @Test
  void randomBytesNeverDoWorseThanBeingRefused() throws Exception {
    Random random = new Random(7);
    byte[] whole = SharedText.of(3, "some text").encodeStateAsUpdate();
    int accepted = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = whole.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      SharedText document = SharedText.of(3, "some other text");
      try {
        document.applyUpdate(bytes);
        accepted++;
      } catch (BadUpdateException refused) {
        assertThat(document.text()).isEqualTo("some other text");
      }
      new SharedText(4).applyUpdate(document.encodeStateAsUpdate());
    }
    assertThat(accepted).isPositive();
  }

  @Test
  @Proves("WS-04")
  void aHostileUpdateCannotMakeTheSearchForPlacesLong() {
    // 20,000 clients each put one letter at the same place: a quadratic number of comparisons
    ByteWriter out = new ByteWriter();
    int clients = 20_000;
    out.writeUnsigned(clients);
    for (int client = 1; client <= clients; client++) {
      out.writeUnsigned(1);
      out.writeUnsigned(client);
      out.writeBytes(hex("00 04 01 07 63 6f 6e 74 65 6e 74 01 61"));
    }
    out.writeUnsigned(0);

    assertThatThrownBy(() -> new SharedText(1_000_000).applyUpdate(out.toBytes()))
        .isInstanceOf(OverloadedDocumentException.class);
  }

  @Test
  void updatesThatNeverBecomeCompleteAreNotKeptWithoutEnd() {
    SharedText document = new SharedText(1);

    assertThatThrownBy(
            () -> {
              for (int round = 0; round < 20_000; round++) {
                ByteWriter out = new ByteWriter();
                out.writeBytes(hex("01 01 05"));
                out.writeUnsigned(10L + 2L * round);
                out.writeBytes(hex("84 05 03 01 61 00"));
                document.applyUpdate(out.toBytes());
              }
            })
        .isInstanceOf(OverloadedDocumentException.class);
  }
}
