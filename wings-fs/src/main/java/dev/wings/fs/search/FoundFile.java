package dev.wings.fs.search;

import java.util.List;
import java.util.Optional;

/// A result of a search.
///
/// @param path relative to the directory that was searched
/// @param matches where the text is, when that was asked for and the file was read
public record FoundFile(String path, Optional<Matches> matches) {
  /// Matches in one file.
  ///
  /// @param truncated whether some are left out
  public record Matches(boolean truncated, List<Block> blocks) {
    public Matches {
      blocks = List.copyOf(blocks);
    }
  }

  /// Lines that belong together.
  ///
  /// @param startLine number of the first, from 1 on
  /// @param endLine number of the last
  /// @param content the lines, without the end of the last
  public record Block(long startLine, long endLine, String content, List<Span> spans) {
    public Block {
      spans = List.copyOf(spans);
    }
  }

  /// A match: bytes of the block's content as UTF-8.
  ///
  /// @param end behind the last
  public record Span(long start, long end) {}
}
