package dev.wings.fs.search;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A search over a sandbox: one thread walks through the directories and hands out the files of
/// each in pieces. A file is opened by its name in the open directory, never through a link, and
/// looked at again on the descriptor.
final class SandboxSearch implements TreeVisitor {
  private static final int PIECE_FILES = 32;

  private final FileSearch search;
  private final WorkCrew crew;
  private @Nullable TreePath directory;
  private String prefix = "";
  private @Nullable Piece piece;

  private SandboxSearch(FileSearch search, WorkCrew crew) {
    this.search = search;
    this.crew = crew;
  }

  static void walk(FileSearch search, Descriptor directory, WorkCrew crew) throws IOException {
    SandboxSearch walk = new SandboxSearch(search, crew);
    try {
      TreeWalk.walk(directory, walk, /* threads= */ 1, search::ended);
    } finally {
      walk.handOut();
    }
  }

  @Override
  public boolean visit(Descriptor parent, byte[] name, EntryType type) {
    throw new IllegalStateException("a search needs paths");
  }

  @Override
  public boolean visit(TreePath parent, Descriptor parentDescriptor, byte[] name, EntryType type)
      throws IOException {
    if (type != EntryType.REGULAR && type != EntryType.DIRECTORY) {
      return false;
    }
    if (parent != directory) {
      handOut();
      directory = parent;
      String path = NameCodec.decode(parent.bytes());
      prefix = path.isEmpty() ? "" : path + "/";
    }
    String path = prefix + NameCodec.decode(name);
    if (type == EntryType.DIRECTORY) {
      search.looked();
      return search.descends(path);
    }
    if (!search.wants(path)) {
      search.looked();
    } else if (!search.looksAtFiles()) {
      search.looked();
      search.unread(path);
    } else {
      add(parentDescriptor, name, path);
    }
    return false;
  }

  private void add(Descriptor parent, byte[] name, String path) throws IOException {
    Piece open = piece;
    if (open == null) {
      open = new Piece(Linux.openat(parent, new byte[] {'.'}, Linux.O_PATH, 0));
      piece = open;
    }
    open.files.add(new Candidate(name, path));
    if (open.files.size() == PIECE_FILES) {
      handOut();
    }
  }

  private void handOut() {
    Piece full = piece;
    piece = null;
    if (full != null) {
      crew.run(full);
    }
  }

  @Override
  public void failed(byte[] name, IOException failure) {
    // vanished, unreadable or another mount: a search passes over it (`filesystem.md` 2.6)
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Candidate(byte[] name, String path) {}

  /// Some files of one directory.
  private final class Piece implements WorkCrew.Piece {
    private final Descriptor parent;
    private final List<Candidate> files = new ArrayList<>(PIECE_FILES);

    Piece(Descriptor parent) {
      this.parent = parent;
    }

    @Override
    public void run() {
      try (parent) {
        for (Candidate file : files) {
          if (search.ended()) {
            return;
          }
          try {
            look(file);
          } catch (IOException unreadable) {
            // as in failed
          }
          search.looked();
        }
      }
    }

    @Override
    public void dropped() {
      parent.close();
    }

    private void look(Candidate candidate) throws IOException {
      if (!search.readsContent()) {
        FileStatus status = Linux.statx(parent, candidate.name());
        if (status.isRegular() && search.sized(status.size())) {
          search.unread(candidate.path());
        }
        return;
      }
      int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY | Linux.oNofollow();
      try (Descriptor file = Linux.openat(parent, candidate.name(), flags, 0)) {
        FileStatus status = Linux.statx(file);
        if (!status.isRegular() || !search.sized(status.size())) {
          return;
        }
        if (search.reads(candidate.path(), status.size())) {
          search.read(
              candidate.path(),
              (buffer, position) -> Linux.pread(file, buffer, position),
              status.size());
        } else {
          search.unread(candidate.path());
        }
      }
    }
  }
}
