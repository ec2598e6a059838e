package dev.wings.fs.tree;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import java.io.IOException;

/// What a [TreeWalk] does with the entries. With several threads the methods are called by all of
/// them.
public interface TreeVisitor {
  /// Called for each entry before anything below it.
  ///
  /// @param directory directory that holds the entry, open for reading
  /// @param name the entry's name in it
  /// @param type never [EntryType#UNKNOWN]; the entry may have been replaced since it was listed
  /// @return whether to descend, if it is a directory
  boolean visit(Descriptor directory, byte[] name, EntryType type) throws IOException;

  /// The same for visitors that need to know where they are; the walk calls this one.
  ///
  /// @param parent path of `directory`, the same object for all its entries
  default boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
      throws IOException {
    return visit(directory, name, type);
  }

  /// Called for a directory that is descended into, when it is open and before its entries are
  /// read.
  ///
  /// @param directory the directory itself, open for reading
  /// @param name its name in the directory above
  default void enter(Descriptor directory, byte[] name, FileStatus status) {}

  /// Called once for each [#enter] when the walk is done with that directory, whatever happened.
  default void exit(byte[] name) {}

  /// Called after everything below a directory that was descended into.
  ///
  /// @param directory directory that holds the one left
  default void leave(Descriptor directory, byte[] name) throws IOException {}

  /// The same for visitors that need to know where they are; the walk calls this one.
  ///
  /// @param left path of the directory left
  default void leave(TreePath left, Descriptor directory, byte[] name) throws IOException {
    leave(directory, name);
  }

  /// Called for an entry that [#visit], [#leave] or the walk itself failed on. The walk goes on
  /// beside it.
  void failed(byte[] name, IOException failure);
}
