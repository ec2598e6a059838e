package dev.wings.sftp.shell;

import java.io.IOException;
import java.util.List;

/// What `tar` commands of an `exec` request do (`sftp.md` 15). Paths are as the client wrote them:
/// relative ones belong to the root. The right to do it has been checked.
public interface ArchiveCommands {
  /// Unpacks an archive. Blocks until it is done; interrupting ends it.
  ///
  /// @param archive of any kind that can be read
  /// @param directory that receives the entries
  /// @throws dev.wings.core.WingsException with a reason for the user
  void extract(String archive, String directory) throws IOException, InterruptedException;

  /// Packs files. Blocks until it is done; interrupting ends it.
  ///
  /// @param directory that the other paths are relative to
  /// @param archive whose ending says how it is compressed
  /// @throws dev.wings.core.WingsException with a reason for the user
  void create(String directory, String archive, List<String> paths)
      throws IOException, InterruptedException;
}
