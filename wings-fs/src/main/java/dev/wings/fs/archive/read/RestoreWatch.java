package dev.wings.fs.archive.read;

/// Follows the extraction of an archive that this daemon has made itself ([Extraction#restore]).
/// Called by all of its threads.
public interface RestoreWatch {
  /// So many bytes of the archive were read. May wait, to hold the reading back.
  void read(long bytes);

  /// A regular file is complete.
  ///
  /// @param name relative to the destination
  void file(String name);

  /// An entry was left out because it is damaged, or because the file system refuses it.
  ///
  /// @param name relative to the destination
  void leftOut(String name, String reason);
}
