package dev.wings.core.operation;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.UUID;

/// What a piece of long work does, as users see it (`http-api.md` A.9). Paths are relative to the
/// server's root.
public sealed interface Operation {
  /// The `type` member.
  String wireName();

  /// One source and the name it gets.
  record Pair(String from, String to) {
    public Pair {
      requireNonNull(from, "from");
      requireNonNull(to, "to");
    }
  }

  /// @param path directory that `files` are relative to
  record Compress(String path, List<String> files, String destinationPath) implements Operation {
    public Compress {
      files = List.copyOf(files);
    }

    @Override
    public String wireName() {
      return "compress";
    }
  }

  /// @param path the archive
  record Decompress(String path, String destinationPath) implements Operation {
    @Override
    public String wireName() {
      return "decompress";
    }
  }

  record Pull(String destinationPath) implements Operation {
    @Override
    public String wireName() {
      return "pull";
    }
  }

  record Copy(String path, String destinationPath) implements Operation {
    @Override
    public String wireName() {
      return "copy";
    }
  }

  /// @param path directory that both sides of `files` are relative to
  record CopyMany(String path, List<Pair> files) implements Operation {
    public CopyMany {
      files = List.copyOf(files);
    }

    @Override
    public String wireName() {
      return "copy_many";
    }
  }

  /// @param server source
  /// @param path directory that `files` are relative to
  record CopyRemote(
      UUID server, String path, List<String> files, UUID destinationServer, String destinationPath)
      implements Operation {
    public CopyRemote {
      files = List.copyOf(files);
    }

    @Override
    public String wireName() {
      return "copy_remote";
    }
  }

  record ExportBackup(UUID backup, String destinationPath) implements Operation {
    @Override
    public String wireName() {
      return "export_backup";
    }
  }
}
