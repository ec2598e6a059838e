package dev.wings.core.collab;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.collab.document.BadUpdateException;
import dev.wings.core.collab.document.OverloadedDocumentException;
import dev.wings.core.collab.document.SharedText;
import dev.wings.core.hash.Blake3;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A text together with what is known of the file that it came from. Guarded by its session.
final class EditedFile {
  private static final int MAX_BYTES_PER_UNIT = 3;
  private static final long MAX_LEAN_OVERHEAD = 64 << 10;

  private SharedText document;
  private String epoch;
  private String hash;
  private Optional<CollabFiles.Stamp> stamp;
  private boolean dirty;
  private boolean missing;
  private @Nullable Conflict conflict;
  private long growth;

  /// The size of the text was measured when so much had been inserted.
  private long measuredAt;

  private long measuredBytes;

  private EditedFile(
      String text, String hash, Optional<CollabFiles.Stamp> stamp, RandomGenerator random) {
    this.hash = hash;
    this.stamp = stamp;
    this.document = begin(text, random);
    this.epoch = epoch(random);
    measure(text);
  }

  /// @throws WingsException kind `IMPOSSIBLE` when it is no text
  static EditedFile of(CollabFiles.Content content, RandomGenerator random) {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(content.bytes()))
              .toString();
      return new EditedFile(
          text, Blake3.hex(content.bytes()), Optional.of(content.stamp()), random);
    } catch (CharacterCodingException binary) {
      throw WingsException.impossible(CollabErrors.NOT_TEXT);
    }
  }

  /// As in Yjs the number is random, so that no editor has the same.
  private static SharedText begin(String text, RandomGenerator random) {
    return SharedText.of(random.nextLong(1L << 32), text);
  }

  private static String epoch(RandomGenerator random) {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L; // version 4
    long low = (random.nextLong() & ~(3L << 62)) | (1L << 63); // variant 2
    return new UUID(high, low).toString();
  }

  SharedText document() {
    return document;
  }

  String text() {
    return document.text();
  }

  /// Of the file that the edits were made on.
  String hash() {
    return hash;
  }

  /// Empty when there was no file.
  Optional<CollabFiles.Stamp> stamp() {
    return stamp;
  }

  void stamp(Optional<CollabFiles.Stamp> seen) {
    stamp = seen;
  }

  boolean dirty() {
    return dirty;
  }

  /// Whether the file was gone or unusable when it was looked at last, and everybody was told.
  boolean missing() {
    return missing;
  }

  void markMissing() {
    missing = true;
  }

  @Nullable Conflict conflict() {
    return conflict;
  }

  void conflict(@Nullable Conflict found) {
    conflict = found;
  }

  /// Bytes of all updates since the document was begun.
  long growth() {
    return growth;
  }

  void apply(byte[] update) throws BadUpdateException, OverloadedDocumentException {
    try {
      document.applyUpdate(update);
      dirty = true;
    } catch (OverloadedDocumentException partly) {
      dirty = true;
      throw partly;
    } finally {
      growth += update.length;
    }
  }

  /// About the memory that it takes, in bytes.
  long weight() {
    long inserted = document.insertedText() - measuredAt;
    return 2 * measuredBytes + 2 * inserted + document.overheadBytes();
  }

  /// Whether a new document with the same text would take much less.
  boolean bloated() {
    return document.overheadBytes() > MAX_LEAN_OVERHEAD;
  }

  /// Cuts a text that is too long. The document must be rebuilt then.
  ///
  /// @param cap in bytes
  /// @return whether there was something to cut
  boolean cut(int cap) {
    long inserted = document.insertedText() - measuredAt;
    if (measuredBytes + MAX_BYTES_PER_UNIT * inserted <= cap) {
      return false;
    }
    String text = text();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    measuredAt = document.insertedText();
    measuredBytes = bytes.length;
    if (bytes.length <= cap) {
      return false;
    }
    int end = cap;
    while ((bytes[end] & 0xc0) == 0x80) { // in the middle of a character
      end--;
    }
    document = SharedText.of(0, new String(bytes, 0, end, StandardCharsets.UTF_8));
    return true;
  }

  /// Begins a new document with the same text.
  void rebuild(RandomGenerator random) {
    String text = text();
    document = begin(text, random);
    epoch = epoch(random);
    growth = 0;
    measure(text);
  }

  private void measure(String text) {
    measuredAt = document.insertedText();
    measuredBytes = text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// The text is in the file now.
  void saved(String newHash, CollabFiles.Stamp newStamp) {
    hash = newHash;
    stamp = Optional.of(newStamp);
    dirty = false;
    missing = false;
    conflict = null;
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("dirty", dirty);
    Conflict found = conflict;
    if (found == null) {
      json.putNull("conflict");
    } else {
      json.set("conflict", found.toJson());
    }
    return json.put("epoch", epoch);
  }
}
