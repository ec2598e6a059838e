package dev.wings.fs.archive.read;

/// What became of the entries of an archive.
///
/// @param written files, directories and links that are there now
/// @param skipped entries with a name that leads out or that users must not have, and links that
///   could not be made
/// @param dropped devices, FIFOs and other kinds that are never extracted
public record ExtractionResult(long written, long skipped, long dropped) {}
