package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;

/// What can be stored: entries in an order in which each directory comes before everything below
/// it, and all of that before anything else.
public interface SourceTree {
  /// Takes entries.
  @FunctionalInterface
  interface Visitor {
    /// @param entry its file is open only until this returns, unless it is retained
    void visit(Entry entry) throws IOException;
  }

  /// Whether files are opened.
  enum Depth {
    /// Entries have an open file.
    CONTENTS,
    /// Only sizes matter.
    SIZES
  }

  /// @param findings what could not be visited
  /// @throws IOException when the root cannot be opened, or the visitor's own
  void walk(Depth depth, Visitor visitor, Findings findings, Progress progress) throws IOException;

  /// What an [ArchiveSource] names, in the order of the names and depth first.
  static SourceTree of(ArchiveSource source) {
    return source.root().getFileSystem() instanceof Sandbox sandbox
        ? new SandboxTree(sandbox, source)
        : new PathTree(source);
  }
}
