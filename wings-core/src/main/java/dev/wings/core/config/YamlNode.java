package dev.wings.core.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One value of a YAML text and where it stands there, in code points from the start of the text.
final class YamlNode {
  enum Kind {
    SCALAR,
    MAPPING,
    SEQUENCE,
    ALIAS
  }

  final Kind kind;
  final int line;
  final int start;

  /// Of a block collection: where the next token begins, which may be far behind; see [#lastEnd].
  int end;

  /// The content of a scalar, the name that an alias uses; else empty.
  String text = "";

  /// Whether a scalar has neither quotes nor a tag that makes it a text.
  boolean plain;

  /// The explicit tag, if any.
  @Nullable String tag;

  /// Whether a collection is written in brackets.
  boolean flow;

  /// Elements; of a mapping, keys and values in turn.
  final List<YamlNode> items = new ArrayList<>();

  /// What an alias stands for.
  @Nullable YamlNode target;

  YamlNode(Kind kind, int line, int start, int end) {
    this.kind = kind;
    this.line = line;
    this.start = start;
    this.end = end;
  }

  /// Where the last thing that belongs to this value ends.
  int lastEnd() {
    boolean block = (kind == Kind.MAPPING || kind == Kind.SEQUENCE) && !flow;
    return block && !items.isEmpty() ? items.getLast().lastEnd() : end;
  }
}
