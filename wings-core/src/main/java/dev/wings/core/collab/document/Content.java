package dev.wings.core.collab.document;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an item holds. Lengths are in units; a unit of text is a UTF-16 code unit, as in
/// JavaScript.
sealed interface Content {
  int DELETED = 1;
  int JSON = 2;
  int BINARY = 3;
  int STRING = 4;
  int EMBED = 5;
  int FORMAT = 6;
  int TYPE = 7;
  int ANY = 8;
  int DOCUMENT = 9;

  /// The two parts of a content.
  record Halves(Content before, Content behind) {}

  /// Its number in the format.
  int reference();

  int length();

  /// Cuts between two units.
  Halves split(int units);

  /// Whether another content can be appended.
  boolean joins(Content next);

  /// All in one.
  Content join(List<Content> all);

  void write(ByteWriter out);

  /// Forgotten content.
  record Deleted(int length) implements Content {
    @Override
    public int reference() {
      return DELETED;
    }

    @Override
    public Halves split(int units) {
      return new Halves(new Deleted(units), new Deleted(length - units));
    }

    @Override
    public boolean joins(Content next) {
      return next instanceof Deleted;
    }

    @Override
    public Content join(List<Content> all) {
      return new Deleted(all.stream().mapToInt(Content::length).sum());
    }

    @Override
    public void write(ByteWriter out) {
      out.writeUnsigned(length);
    }
  }

  /// A piece of text without lone surrogates.
  record Text(String text) implements Content {
    private static final String REPLACEMENT = "\ufffd";

    @Override
    public int reference() {
      return STRING;
    }

    @Override
    public int length() {
      return text.length();
    }

    /// A pair of surrogates that is cut becomes two replacement characters, because half of it
    /// cannot be encoded.
    @Override
    public Halves split(int units) {
      String before = text.substring(0, units);
      String behind = text.substring(units);
      if (Character.isHighSurrogate(before.charAt(units - 1))) {
        before = before.substring(0, units - 1) + REPLACEMENT;
        behind = REPLACEMENT + behind.substring(1);
      }
      return new Halves(new Text(before), new Text(behind));
    }

    @Override
    public boolean joins(Content next) {
      return next instanceof Text;
    }

    @Override
    public Content join(List<Content> all) {
      StringBuilder joined = new StringBuilder();
      for (Content part : all) {
        joined.append(((Text) part).text);
      }
      return new Text(joined.toString());
    }

    @Override
    public void write(ByteWriter out) {
      out.writeString(text);
    }
  }

  /// Values of an array, one unit each, as they were encoded.
  record Values(int reference, List<byte[]> values) implements Content {
    @Override
    public int length() {
      return values.size();
    }

    @Override
    public Halves split(int units) {
      return new Halves(
          new Values(reference, List.copyOf(values.subList(0, units))),
          new Values(reference, List.copyOf(values.subList(units, values.size()))));
    }

    @Override
    public boolean joins(Content next) {
      return next.reference() == reference;
    }

    @Override
    public Content join(List<Content> all) {
      List<byte[]> joined = new ArrayList<>();
      for (Content part : all) {
        joined.addAll(((Values) part).values);
      }
      return new Values(reference, joined);
    }

    @Override
    public void write(ByteWriter out) {
      out.writeUnsigned(values.size());
      values.forEach(out::writeBytes);
    }
  }

  /// One unit that is carried along as it was encoded: formatting, an embedded object, a file.
  record Opaque(int reference, byte[] encoded) implements Content {
    @Override
    public int length() {
      return 1;
    }

    @Override
    public Halves split(int units) {
      throw new IllegalArgumentException("units: " + units + " (expected: nothing to split)");
    }

    @Override
    public boolean joins(Content next) {
      return false;
    }

    @Override
    public Content join(List<Content> all) {
      throw new IllegalArgumentException("all: " + all.size() + " (expected: nothing to join)");
    }

    @Override
    public void write(ByteWriter out) {
      out.writeBytes(encoded);
    }
  }

  /// A collection inside the document.
  final class Nested implements Content {
    private final byte[] encoded;
    private @Nullable Branch branch;

    Nested(byte[] encoded) {
      this.encoded = encoded;
    }

    /// About the memory that it takes.
    long carriedBytes() {
      return encoded.length + 128L;
    }

    /// The collection that it is in the document of `owner`.
    Branch branch(Item owner) {
      if (branch == null) {
        branch = new Branch(owner);
      }
      return branch;
    }

    @Override
    public int reference() {
      return TYPE;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public Halves split(int units) {
      throw new IllegalArgumentException("units: " + units + " (expected: nothing to split)");
    }

    @Override
    public boolean joins(Content next) {
      return false;
    }

    @Override
    public Content join(List<Content> all) {
      throw new IllegalArgumentException("all: " + all.size() + " (expected: nothing to join)");
    }

    @Override
    public void write(ByteWriter out) {
      out.writeBytes(encoded);
    }
  }
}
