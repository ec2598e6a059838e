package dev.wings.sftp.files;

/// What a user may be allowed to do with files (`sftp.md` 6).
public enum FileRight {
  /// List directories, see attributes, read links, compute checksums.
  LIST,
  /// Read contents.
  READ,
  /// Make what was not there.
  CREATE,
  /// Change what is there.
  UPDATE,
  /// Remove, and cut contents.
  DELETE
}
