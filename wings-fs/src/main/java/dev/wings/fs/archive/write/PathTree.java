package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A source in any other file system, such as the inside of a backup or of an archive. Files are
/// read from front to back by the planning thread: such systems often can do nothing else.
final class PathTree implements SourceTree {
  private static final int DEFAULT_DIRECTORY_MODE = 0755;
  private static final int DEFAULT_FILE_MODE = 0644;

  private final ArchiveSource source;
  private final Selection selection;

  PathTree(ArchiveSource source) {
    this.source = source;
    this.selection = new Selection(source);
  }

  @Override
  public void walk(Depth depth, Visitor visitor, Findings findings, Progress progress)
      throws IOException {
    Path real = source.root().toRealPath();
    List<Path> starts = new ArrayList<>();
    if (source.names().isEmpty()) {
      starts.add(real);
    }
    for (Path name : selection.names()) {
      starts.add(real.resolve(name));
    }
    for (Path start : starts) {
      if (Files.exists(start, LinkOption.NOFOLLOW_LINKS)
          && start.toRealPath(LinkOption.NOFOLLOW_LINKS).startsWith(real)) {
        Files.walkFileTree(start, new Walk(real, depth, visitor, findings, progress));
      }
    }
  }

  private final class Walk extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Depth depth;
    private final Visitor visitor;
    private final Findings findings;
    private final Progress progress;

    Walk(Path root, Depth depth, Visitor visitor, Findings findings, Progress progress) {
      this.root = root;
      this.depth = depth;
      this.visitor = visitor;
      this.findings = findings;
      this.progress = progress;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
        throws IOException {
      progress.check();
      if (path.equals(root)) {
        return FileVisitResult.CONTINUE;
      }
      Verdict verdict = judge(path, true);
      if (verdict == Verdict.SKIP) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (verdict == Verdict.KEEP) {
        visitor.visit(
            Entry.directory(
                name(path),
                mode(path, DEFAULT_DIRECTORY_MODE),
                attributes.lastModifiedTime().toInstant(),
                attributes.size()));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
      progress.check();
      if (judge(path, false) != Verdict.KEEP) {
        return FileVisitResult.CONTINUE;
      }
      if (attributes.isSymbolicLink()) {
        if (!selection.filters() || !selection.leadsToHidden(path)) {
          byte[] target = NameCodec.encode(Files.readSymbolicLink(path).toString());
          visitor.visit(
              Entry.symlink(name(path), attributes.lastModifiedTime().toInstant(), target));
        }
      } else if (attributes.isRegularFile()) {
        file(path, attributes);
      }
      return FileVisitResult.CONTINUE;
    }

    private void file(Path path, BasicFileAttributes attributes) throws IOException {
      byte[] name = name(path);
      if (depth == Depth.SIZES) {
        visitor.visit(file(name, path, attributes, null));
        return;
      }
      SeekableByteChannel channel;
      try {
        channel = Files.newByteChannel(path);
      } catch (IOException e) {
        findings.add(name, trouble(e));
        return;
      }
      ChannelFile file = new ChannelFile(name, attributes.size(), channel);
      try {
        visitor.visit(file(name, path, attributes, file));
      } finally {
        file.release();
      }
    }

    private static Entry file(
        byte[] name, Path path, BasicFileAttributes attributes, @Nullable OpenFile file) {
      return new Entry(
          name,
          Entry.Kind.FILE,
          mode(path, DEFAULT_FILE_MODE),
          attributes.lastModifiedTime().toInstant(),
          attributes.size(),
          new byte[0],
          1,
          0,
          0,
          file,
          null);
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) {
      findings.add(name(path), trouble(failure));
      return FileVisitResult.CONTINUE;
    }

    private Verdict judge(Path path, boolean directory) throws IOException {
      byte[] last = NameCodec.encode(String.valueOf(path.getFileName()));
      if (selection.omitted(name(path), last)) {
        return Verdict.SKIP;
      }
      return selection.filters()
          ? selection.judge(source.base().toRealPath().relativize(path).toString(), directory)
          : Verdict.KEEP;
    }

    private byte[] name(Path path) {
      String name = root.relativize(path).toString();
      return NameCodec.encode(name.endsWith("/") ? name.substring(0, name.length() - 1) : name);
    }
  }

  private static Trouble trouble(IOException failure) {
    return failure instanceof NoSuchFileException ? Trouble.VANISHED : Trouble.SKIPPED;
  }

  private static int mode(Path path, int otherwise) {
    try {
      Set<PosixFilePermission> permissions =
          Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .permissions();
      int mode = 0;
      for (PosixFilePermission permission : PosixFilePermission.values()) {
        mode = mode << 1 | (permissions.contains(permission) ? 1 : 0);
      }
      return mode;
    } catch (IOException | UnsupportedOperationException withoutModes) {
      return otherwise;
    }
  }

  private static final class ChannelFile extends OpenFile {
    private final SeekableByteChannel channel;
    private long position;

    ChannelFile(byte[] name, long size, SeekableByteChannel channel) {
      super(name, size);
      this.channel = channel;
    }

    @Override
    public boolean sequential() {
      return true;
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
      if (at != position) {
        channel.position(at);
        position = at;
      }
      int read = channel.read(into);
      position += Math.max(0, read);
      return read;
    }

    @Override
    protected void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
