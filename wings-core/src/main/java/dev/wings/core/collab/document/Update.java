package dev.wings.core.collab.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A decoded update: runs of units by client in the order of their clocks, and what was deleted.
record Update(Map<Long, List<Struct>> structs, ClockRanges deletions) {
  /// More runs, ranges and values than this are refused; they take many times their size in memory.
  static final int MAX_PARTS = 50_000;

  private static final int GAP = 10;
  private static final int CONTENT_BITS = 0x1f;
  private static final int ORIGIN = 0x80;
  private static final int RIGHT_ORIGIN = 0x40;
  private static final int KEY = 0x20;
  private static final int XML_ELEMENT = 3;
  private static final int XML_HOOK = 5;
  private static final int MAX_TYPE = 6;

  static Update decode(byte[] bytes) throws BadUpdateException {
    Decoder decoder = new Decoder(bytes);
    Update update = new Update(decoder.structs(), decoder.deletions());
    if (decoder.in.remaining() > 0) {
      throw new BadUpdateException("bytes behind the update");
    }
    return update;
  }

  private static final class Decoder {
    final ByteReader in;
    private int parts;

    Decoder(byte[] bytes) {
      in = new ByteReader(bytes);
    }

    private void count(int more) throws BadUpdateException {
      parts += more;
      if (parts < 0 || parts > MAX_PARTS) {
        throw new BadUpdateException("too many parts");
      }
    }

    Map<Long, List<Struct>> structs() throws BadUpdateException {
      Map<Long, List<Struct>> all = new LinkedHashMap<>();
      for (int clients = in.readCount(); clients > 0; clients--) {
        int left = in.readCount();
        long client = in.readUnsigned();
        int clock = in.readInt();
        count(1);
        List<Struct> ofClient = all.computeIfAbsent(client, _ -> new ArrayList<>());
        if (!ofClient.isEmpty()) {
          throw new BadUpdateException("client appears twice");
        }
        for (; left > 0; left--) {
          Struct struct = struct(client, clock);
          count(1);
          if (struct.length() <= 0 || struct.length() > Integer.MAX_VALUE - clock) {
            throw new BadUpdateException("length out of range");
          }
          clock = struct.end();
          if (!(struct instanceof Gap)) {
            ofClient.add(struct);
          }
        }
      }
      return all;
    }

    private Struct struct(long client, int clock) throws BadUpdateException {
      int info = in.readByte();
      return switch (info & CONTENT_BITS) {
        case 0 -> new Collected(client, clock, in.readInt());
        case GAP -> new Gap(client, clock, in.readInt());
        default -> item(client, clock, info);
      };
    }

    private Item item(long client, int clock, int info) throws BadUpdateException {
      Id origin = (info & ORIGIN) != 0 ? earlier(client, clock) : null;
      Id rightOrigin = (info & RIGHT_ORIGIN) != 0 ? earlier(client, clock) : null;
      Item.Parent parent = null;
      String key = null;
      if (origin == null && rightOrigin == null) {
        parent =
            in.readUnsigned() == 1
                ? new Item.Parent.Named(in.readString())
                : new Item.Parent.Held(earlier(client, clock));
        key = (info & KEY) != 0 ? in.readString() : null;
      }
      Content content = content(info & CONTENT_BITS);
      return new Item(client, clock, origin, rightOrigin, parent, key, content);
    }

    /// Something that existed when the item was made.
    private Id earlier(long client, int clock) throws BadUpdateException {
      Id id = in.readId();
      if (id.client() == client && id.clock() >= clock) {
        throw new BadUpdateException("item refers to itself");
      }
      return id;
    }

    private Content content(int reference) throws BadUpdateException {
      int start = in.position();
      switch (reference) {
        case Content.DELETED -> {
          return new Content.Deleted(in.readInt());
        }
        case Content.STRING -> {
          return new Content.Text(in.readString());
        }
        case Content.JSON, Content.ANY -> {
          return values(reference);
        }
        case Content.BINARY -> in.skipBlock();
        case Content.EMBED -> in.readString();
        case Content.FORMAT -> {
          in.readString();
          in.readString();
        }
        case Content.TYPE -> {
          long type = in.readUnsigned();
          if (type == XML_ELEMENT || type == XML_HOOK) {
            in.readString();
          } else if (type > MAX_TYPE) {
            throw new BadUpdateException("unknown collection");
          }
          return new Content.Nested(in.slice(start, in.position()));
        }
        case Content.DOCUMENT -> {
          in.readString();
          in.skipAny();
        }
        default -> throw new BadUpdateException("unknown content");
      }
      return new Content.Opaque(reference, in.slice(start, in.position()));
    }

    private Content values(int reference) throws BadUpdateException {
      int count = in.readCount();
      count(count);
      List<byte[]> values = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int start = in.position();
        if (reference == Content.JSON) {
          in.readString();
        } else {
          in.skipAny();
        }
        values.add(in.slice(start, in.position()));
      }
      return new Content.Values(reference, values);
    }

    ClockRanges deletions() throws BadUpdateException {
      ClockRanges ranges = new ClockRanges();
      for (int clients = in.readCount(); clients > 0; clients--) {
        long client = in.readUnsigned();
        for (int left = in.readCount(); left > 0; left--) {
          int clock = in.readInt();
          int length = in.readInt();
          count(1);
          if (length <= 0 || length > Integer.MAX_VALUE - clock) {
            throw new BadUpdateException("length out of range");
          }
          ranges.add(client, clock, clock + length);
        }
      }
      return ranges;
    }
  }

  /// Writes an item without the units before `clock`.
  static void write(ByteWriter out, Struct struct, int clock) {
    int offset = clock - struct.clock();
    switch (struct) {
      case Collected collected -> {
        out.writeByte(0);
        out.writeUnsigned(collected.length() - offset);
      }
      case Gap gap -> {
        out.writeByte(GAP);
        out.writeUnsigned(gap.length() - offset);
      }
      case Item item -> write(out, item, offset);
    }
  }

  private static void write(ByteWriter out, Item item, int offset) {
    Content content = offset == 0 ? item.content() : item.content().split(offset).behind();
    Id origin = offset == 0 ? item.origin : new Id(item.client(), item.clock() + offset - 1);
    Id rightOrigin = item.rightOrigin;
    String key = item.key;
    out.writeByte(
        content.reference()
            | (origin == null ? 0 : ORIGIN)
            | (rightOrigin == null ? 0 : RIGHT_ORIGIN)
            | (key == null ? 0 : KEY));
    if (origin != null) {
      out.writeId(origin);
    }
    if (rightOrigin != null) {
      out.writeId(rightOrigin);
    }
    if (origin == null && rightOrigin == null) {
      writeParent(out, item.parentInfo);
      if (key != null) {
        out.writeString(key);
      }
    }
    content.write(out);
  }

  private static void writeParent(ByteWriter out, Item.@Nullable Parent parent) {
    switch (parent) {
      case Item.Parent.Named(String name) -> {
        out.writeUnsigned(1);
        out.writeString(name);
      }
      case Item.Parent.Held(Id owner) -> {
        out.writeUnsigned(0);
        out.writeId(owner);
      }
      case null -> throw new IllegalStateException("item without origins has no parent");
    }
  }
}
