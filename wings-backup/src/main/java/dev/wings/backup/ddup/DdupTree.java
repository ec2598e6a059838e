package dev.wings.backup.ddup;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.Entry;
import dev.wings.fs.archive.write.Findings;
import dev.wings.fs.archive.write.OpenFile;
import dev.wings.fs.archive.write.SourceTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The content of an archive on its way into another one. Contents are read from front to back by
/// whoever walks; what reads them may compress with many threads.
final class DdupTree implements SourceTree {
  private static final int PERMISSIONS = 0777;
  private static final int BUFFER_BYTES = 64 << 10;

  private final DdupArchive archive;
  private final ChunkNames names;
  private final Chunks chunks;

  DdupTree(DdupArchive archive, ChunkNames names, Chunks chunks) {
    this.archive = archive;
    this.names = names;
    this.chunks = chunks;
  }

  @Override
  public void walk(Depth depth, Visitor visitor, Findings findings, Progress progress)
      throws IOException {
    List<byte[]> levels = new ArrayList<>(); // paths with a slash at the end, by depth
    levels.add(new byte[0]);
    try (ChunkReader reader = new ChunkReader(chunks)) {
      Scan.entries(
          archive,
          progress,
          entry -> {
            while (levels.size() > entry.depth()) {
              levels.removeLast();
            }
            byte[] path = joined(levels.getLast(), entry.name());
            int mode = entry.mode() & PERMISSIONS;
            switch (entry.type()) {
              case DIRECTORY -> {
                levels.add(joined(path, new byte[] {'/'}));
                visitor.visit(Entry.directory(path, mode, entry.time(), 0));
              }
              case LINK -> visitor.visit(Entry.symlink(path, entry.time(), entry.target()));
              case FILE -> {
                if (depth == Depth.SIZES) {
                  visitor.visit(Entry.file(path, mode, entry.time(), entry.size(), null));
                } else {
                  file(path, mode, entry, reader, visitor);
                }
              }
            }
          });
    }
  }

  private void file(byte[] path, int mode, ArchiveEntry entry, ChunkReader reader, Visitor visitor)
      throws IOException {
    ContentFile file =
        new ContentFile(path, entry.size(), new FileContent(archive, names, reader, entry));
    try {
      visitor.visit(Entry.file(path, mode, entry.time(), entry.size(), file));
    } finally {
      file.release();
    }
  }

  static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(first.length + second.length);
    out.writeBytes(first);
    out.writeBytes(second);
    return out.toByteArray();
  }

  private static final class ContentFile extends OpenFile {
    private final FileContent content;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    ContentFile(byte[] name, long size, FileContent content) {
      super(name, size);
      this.content = content;
    }

    @Override
    public boolean sequential() {
      return true;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int read = content.read(buffer, 0, Math.min(buffer.length, into.remaining()));
      if (read > 0) {
        into.put(buffer, 0, read);
      }
      return read;
    }

    @Override
    protected void close() {
      try {
        content.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
