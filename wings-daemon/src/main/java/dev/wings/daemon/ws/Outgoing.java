package dev.wings.daemon.ws;

import dev.wings.core.event.ServerEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encoded messages that many connections share: each wire format is encoded at most once, in a
/// pooled buffer of complete frames. Reference-counted; who is handed one retains it to keep it.
/// Safe for use by several event loops.
final class Outgoing extends AbstractReferenceCounted {
  /// What a slow connection does with it.
  enum Kind {
    /// Console or installer lines: the oldest may be dropped and are counted.
    LINES,
    /// Statistics: only the newest matter.
    STATS,
    /// Everything else: kept in order.
    EVENT
  }

  /// Consecutive messages of one name.
  ///
  /// @param each true when every text is a message of its own, false when they are the arguments of
  ///   one message
  private record Piece(String event, List<String> texts, boolean each) {}

  private final Kind kind;
  private final Audience audience;
  private final ServerEvent.@Nullable Targeted target;
  private final ServerEvent.@Nullable FileUploads uploads;
  private final List<Piece> pieces;
  private final long lines;
  private final ByteBufAllocator allocator;
  private final OutboundBudget budget;
  private final @Nullable ByteBuf[] frames = new @Nullable ByteBuf[WireFormat.values().length];
  private int budgeted;

  private Outgoing(Builder builder, ByteBufAllocator allocator, OutboundBudget budget) {
    this.kind = builder.kind;
    this.audience = builder.audience;
    this.target = builder.target;
    this.uploads = builder.uploads;
    this.pieces = builder.pieces;
    this.lines = builder.lines;
    this.allocator = allocator;
    this.budget = budget;
  }

  Kind kind() {
    return kind;
  }

  Audience audience() {
    return audience;
  }

  /// The filter of a targeted message, null for general events.
  ServerEvent.@Nullable Targeted target() {
    return target;
  }

  /// The entries, for those who may see only some of them; null for other events.
  ServerEvent.@Nullable FileUploads uploads() {
    return uploads;
  }

  /// How many lines are lost when this is dropped.
  long lines() {
    return lines;
  }

  /// The frames in one format. The caller does not own them.
  synchronized ByteBuf frames(WireFormat format, FrameBuffer scratch) {
    ByteBuf encoded = frames[format.ordinal()];
    if (encoded == null) {
      scratch.clear();
      for (Piece piece : pieces) {
        if (piece.each()) {
          scratch.lines(format, piece.event(), piece.texts());
        } else {
          scratch.message(format, piece.event(), piece.texts());
        }
      }
      encoded = scratch.copyTo(allocator);
      frames[format.ordinal()] = encoded;
      budgeted += encoded.readableBytes();
      budget.add(encoded.readableBytes());
    }
    return encoded;
  }

  /// Bytes in the given format.
  int size(WireFormat format, FrameBuffer scratch) {
    return frames(format, scratch).readableBytes();
  }

  @Override
  protected synchronized void deallocate() {
    for (int i = 0; i < frames.length; i++) {
      ByteBuf encoded = frames[i];
      if (encoded != null) {
        encoded.release();
        frames[i] = null;
      }
    }
    budget.add(-budgeted);
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }

  @Override
  public Outgoing retain() {
    super.retain();
    return this;
  }

  /// Collects the pieces of one [Outgoing].
  static final class Builder {
    private final Kind kind;
    private final Audience audience;
    private final List<Piece> pieces = new ArrayList<>();
    private ServerEvent.@Nullable Targeted target;
    private ServerEvent.@Nullable FileUploads uploads;
    private long lines;
    private long characters;

    Builder(Kind kind, Audience audience) {
      this.kind = kind;
      this.audience = audience;
    }

    boolean accepts(Kind otherKind, Audience otherAudience) {
      return kind == otherKind && audience == otherAudience;
    }

    Builder message(String event, List<String> arguments) {
      pieces.add(new Piece(event, arguments, /* each= */ false));
      return this;
    }

    Builder lines(String event, List<String> texts) {
      pieces.add(new Piece(event, texts, /* each= */ true));
      lines += texts.size();
      for (String text : texts) {
        characters += text.length() + 48L;
      }
      return this;
    }

    /// Counts lines that were lost before these were made.
    Builder lost(long count) {
      lines += count;
      return this;
    }

    Builder target(ServerEvent.Targeted filter) {
      target = filter;
      return this;
    }

    Builder uploads(ServerEvent.FileUploads shown) {
      uploads = shown;
      return this;
    }

    /// About the number of bytes so far.
    long characters() {
      return characters;
    }

    Outgoing build(ByteBufAllocator allocator, OutboundBudget budget) {
      return new Outgoing(this, allocator, budget);
    }
  }
}
