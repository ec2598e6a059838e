package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.json.MessagePackWriter;
import dev.wings.daemon.http.Representation;
import dev.wings.fs.listing.DirectoryEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// Writes answers that consist of many entries, without building a tree of them: a bare array, or
/// an object whose last member is the array.
sealed interface EntryWriter extends AutoCloseable {
  static EntryWriter of(Representation form, OutputStream out) throws IOException {
    return switch (form) {
      case JSON -> new AsJson(Json.mapper().getFactory().createGenerator(out));
      case MESSAGE_PACK -> new AsMessagePack(out);
    };
  }

  /// Begins a bare array.
  ///
  /// @param count entries that follow
  void array(long count) throws IOException;

  /// Begins an object with some members and the array of entries as last one.
  ///
  /// @param count entries that follow
  void object(ObjectNode members, String arrayName, long count) throws IOException;

  void entries(List<DirectoryEntry> batch) throws IOException;

  /// Ends what was begun. The stream stays open.
  @Override
  void close() throws IOException;

  /// Counts what was announced against what comes.
  static int checkedCount(long count) throws IOException {
    if (count > Integer.MAX_VALUE) {
      throw new IOException("directory has too many entries for one answer");
    }
    return (int) count;
  }

  final class AsJson implements EntryWriter {
    private final JsonGenerator out;
    private boolean insideObject;

    private AsJson(JsonGenerator out) {
      this.out = out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      out.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    }

    @Override
    public void array(long count) throws IOException {
      out.writeStartArray();
    }

    @Override
    public void object(ObjectNode members, String arrayName, long count) throws IOException {
      insideObject = true;
      out.writeStartObject();
      for (var member : members.properties()) {
        out.writeFieldName(member.getKey());
        out.writeTree(member.getValue());
      }
      out.writeFieldName(arrayName);
      out.writeStartArray();
    }

    @Override
    public void entries(List<DirectoryEntry> batch) throws IOException {
      for (DirectoryEntry entry : batch) {
        out.writeStartObject();
        out.writeStringField("name", entry.name());
        out.writeStringField("mode", entry.mode());
        out.writeStringField("mode_bits", entry.modeBits());
        out.writeNumberField("size", entry.size());
        out.writeNumberField("size_physical", entry.sizePhysical());
        out.writeBooleanField("editable", entry.content().editable());
        out.writeBooleanField("inner_editable", entry.content().innerEditable());
        out.writeBooleanField("directory", entry.directory());
        out.writeBooleanField("file", entry.file());
        out.writeBooleanField("symlink", entry.symlink());
        out.writeBooleanField("virtual", entry.virtual());
        out.writeStringField("mime", entry.content().mime());
        out.writeStringField("created", entry.createdText());
        out.writeStringField("modified", entry.modifiedText());
        out.writeEndObject();
      }
    }

    @Override
    public void close() throws IOException {
      out.writeEndArray();
      if (insideObject) {
        out.writeEndObject();
      }
      out.close();
    }
  }

  final class AsMessagePack implements EntryWriter {
    private static final int FLUSH_BYTES = 32 << 10;
    private static final int MEMBERS = 14;

    private static final byte[] NAME = key("name");
    private static final byte[] MODE = key("mode");
    private static final byte[] MODE_BITS = key("mode_bits");
    private static final byte[] SIZE = key("size");
    private static final byte[] SIZE_PHYSICAL = key("size_physical");
    private static final byte[] EDITABLE = key("editable");
    private static final byte[] INNER_EDITABLE = key("inner_editable");
    private static final byte[] DIRECTORY = key("directory");
    private static final byte[] FILE = key("file");
    private static final byte[] SYMLINK = key("symlink");
    private static final byte[] VIRTUAL = key("virtual");
    private static final byte[] MIME = key("mime");
    private static final byte[] CREATED = key("created");
    private static final byte[] MODIFIED = key("modified");

    private final OutputStream out;
    private final MessagePackWriter buffer = new MessagePackWriter(FLUSH_BYTES + 1024);
    private long missing;

    private AsMessagePack(OutputStream out) {
      this.out = out;
    }

    private static byte[] key(String name) {
      return new MessagePackWriter(16).string(name.getBytes(US_ASCII)).toByteArray();
    }

    @Override
    public void array(long count) throws IOException {
      missing = count;
      buffer.arrayHeader(checkedCount(count));
    }

    @Override
    public void object(ObjectNode members, String arrayName, long count) throws IOException {
      buffer.mapHeader(members.size() + 1);
      for (var member : members.properties()) {
        buffer.string(member.getKey()).node(member.getValue());
      }
      buffer.string(arrayName);
      array(count);
    }

    @Override
    public void entries(List<DirectoryEntry> batch) throws IOException {
      missing -= batch.size();
      for (DirectoryEntry entry : batch) {
        write(entry);
        if (buffer.size() >= FLUSH_BYTES) {
          flush();
        }
      }
    }

    private void write(DirectoryEntry entry) {
      buffer.mapHeader(MEMBERS);
      buffer.encoded(NAME).string(entry.name());
      buffer.encoded(MODE).string(entry.mode());
      buffer.encoded(MODE_BITS).string(entry.modeBits());
      buffer.encoded(SIZE).integer(entry.size());
      buffer.encoded(SIZE_PHYSICAL).integer(entry.sizePhysical());
      buffer.encoded(EDITABLE).bool(entry.content().editable());
      buffer.encoded(INNER_EDITABLE).bool(entry.content().innerEditable());
      buffer.encoded(DIRECTORY).bool(entry.directory());
      buffer.encoded(FILE).bool(entry.file());
      buffer.encoded(SYMLINK).bool(entry.symlink());
      buffer.encoded(VIRTUAL).bool(entry.virtual());
      buffer.encoded(MIME).string(entry.content().mime());
      buffer.encoded(CREATED).string(entry.createdText());
      buffer.encoded(MODIFIED).string(entry.modifiedText());
    }

    private void flush() throws IOException {
      out.write(buffer.toByteArray());
      buffer.clear();
    }

    /// @throws IOException when the directory shrank so much meanwhile that the announced entries
    ///   are not there; the answer must not look complete
    @Override
    public void close() throws IOException {
      if (missing != 0) {
        throw new IOException("directory changed while it was listed");
      }
      flush();
    }
  }
}
