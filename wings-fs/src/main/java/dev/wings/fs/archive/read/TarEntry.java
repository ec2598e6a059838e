package dev.wings.fs.archive.read;

import java.util.Optional;

/// One entry of a tar archive.
///
/// @param type as in its header, with `0` for every kind of regular file
/// @param link what a link leads to
/// @param size of the file, with holes
/// @param sparse where its data stands when it has holes
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
record TarEntry(
    char type,
    byte[] name,
    byte[] link,
    long size,
    EntryAttributes attributes,
    Optional<SparseMap> sparse) {
  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char SYMBOLIC_LINK = '2';
  static final char DIRECTORY = '5';
}
