package dev.wings.daemon.collab;

import dev.wings.core.server.Server;
import dev.wings.fs.revision.Edit;
import dev.wings.fs.revision.Revisions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Remembers what files were before and after a save. Called inside `Server.onFiles`.
@FunctionalInterface
public interface SaveHistory {
  /// Remembers nothing.
  SaveHistory NONE = (_, _) -> (_, _) -> OptionalLong.empty();

  /// Keeps revisions of the files.
  static SaveHistory of(Revisions revisions) {
    return (server, file) -> {
      Optional<Edit> edit = revisions.begin(server.id(), server.volume().root(), file);
      return (content, user) -> {
        edit.ifPresent(open -> open.append(ByteBuffer.wrap(content)));
        return edit.map(open -> open.complete(Optional.ofNullable(user)))
            .orElse(OptionalLong.empty());
      };
    };
  }

  /// To be called before a file is replaced.
  ///
  /// @param file in the server's volume
  Save begin(Server server, Path file);

  /// A save that was begun.
  @FunctionalInterface
  interface Save {
    /// The file was replaced.
    ///
    /// @param content of it now
    /// @param user null when nobody is known
    /// @return the revision that was made of it
    OptionalLong saved(byte[] content, @Nullable UUID user);
  }
}
