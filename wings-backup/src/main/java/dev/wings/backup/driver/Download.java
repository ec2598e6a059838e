package dev.wings.backup.driver;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.UUID;

/// How a backup reaches somebody (`backups.md` 11).
public sealed interface Download {
  /// Name for the receiver's file.
  String fileName();

  String contentType();

  /// A file of the host, which can be sent in ranges.
  record Stored(String fileName, String contentType, Path file) implements Download {
    public Stored {
      requireNonNull(fileName, "fileName");
      requireNonNull(contentType, "contentType");
      requireNonNull(file, "file");
    }
  }

  /// An archive that is made while it is sent.
  record Streamed(String fileName, ArchiveFormat format, Writer writer) implements Download {
    public Streamed {
      requireNonNull(fileName, "fileName");
      requireNonNull(format, "format");
      requireNonNull(writer, "writer");
    }

    /// Named after the backup.
    ///
    /// @throws WingsException kind `IMPOSSIBLE` for a format that cannot be written to a stream
    public static Streamed of(UUID backup, ArchiveFormat format, Writer writer) {
      if (!format.writable() || !format.streamable()) {
        throw WingsException.impossible(
            "backups cannot be downloaded as " + format.wireName() + " archives");
      }
      return new Streamed(backup + "." + format.extension(), format, writer);
    }

    @Override
    public String contentType() {
      return format.contentType();
    }
  }

  /// Writes the archive.
  @FunctionalInterface
  interface Writer {
    /// @throws IOException midway too: what was written then is no archive
    void write(OutputStream target, Progress progress) throws IOException;
  }
}
