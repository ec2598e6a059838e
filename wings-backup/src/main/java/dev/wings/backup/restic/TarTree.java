package dev.wings.backup.restic;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.read.TarStream;
import dev.wings.fs.archive.write.Entry;
import dev.wings.fs.archive.write.Findings;
import dev.wings.fs.archive.write.OpenFile;
import dev.wings.fs.archive.write.SourceTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// A directory as it comes out of restic: a tar archive with names from the root of the node on, to
/// be packed anew with names from the directory on. Can be walked once.
final class TarTree implements SourceTree {
  private static final int STEP_BYTES = 64 << 10;

  private final TarStream tar;
  private final byte[] prefix;
  private final End end;

  /// Says whether the archive was complete.
  @FunctionalInterface
  interface End {
    void check() throws IOException;
  }

  /// @param directory absolute path of what is packed
  /// @param end called when the archive has ended
  TarTree(TarStream tar, String directory, End end) {
    this.tar = tar;
    this.prefix = (directory.substring(1) + "/").getBytes(StandardCharsets.UTF_8);
    this.end = end;
  }

  @Override
  public void walk(Depth depth, Visitor visitor, Findings findings, Progress progress)
      throws IOException {
    for (Optional<TarStream.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
      progress.check();
      TarStream.Entry entry = next.get();
      byte[] name = name(entry.name());
      if (name.length > 0) {
        visit(entry, name, visitor);
      }
    }
    end.check();
  }

  private void visit(TarStream.Entry entry, byte[] name, Visitor visitor) throws IOException {
    switch (entry.kind()) {
      case DIRECTORY -> visitor.visit(Entry.directory(name, entry.mode(), entry.modified(), 0));
      case SYMBOLIC_LINK -> visitor.visit(Entry.symlink(name, entry.modified(), entry.link()));
      case FILE -> {
        OpenFile file = new Content(name, entry.size());
        visitor.visit(Entry.file(name, entry.mode(), entry.modified(), entry.size(), file));
      }
      case OTHER -> {} // is never stored
    }
  }

  /// The name from the directory on, empty for the directory itself and what is not in it.
  private byte[] name(byte[] full) {
    int from = full.length > 0 && full[0] == '/' ? 1 : 0;
    int to = full.length;
    while (to > from && full[to - 1] == '/') {
      to--;
    }
    boolean inside =
        to - from > prefix.length
            && Arrays.equals(full, from, from + prefix.length, prefix, 0, prefix.length);
    return inside ? Arrays.copyOfRange(full, from + prefix.length, to) : new byte[0];
  }

  /// The content of the entry at which the archive stands.
  private final class Content extends OpenFile {
    private final byte[] step = new byte[STEP_BYTES];
    private long position;

    Content(byte[] name, long size) {
      super(name, size);
    }

    @Override
    public boolean sequential() {
      return true;
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
      if (at != position) {
        throw new IOException("the archive cannot be read on"); // it has failed before
      }
      int count = tar.read(step, 0, Math.min(step.length, into.remaining()));
      if (count > 0) {
        into.put(step, 0, count);
        position += count;
      }
      return count;
    }

    @Override
    protected void close() {
      // the archive goes on
    }
  }
}
