package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A source in a sandbox. Every entry is opened from its directory's descriptor without following
/// links, and what is read is what was looked at.
final class SandboxTree implements SourceTree {
  private static final int OPEN_DIRECTORY =
      Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.oDirectory() | Linux.oNofollow();
  private static final int OPEN_FILE =
      Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY | Linux.oNofollow();

  private final Sandbox sandbox;
  private final ArchiveSource source;
  private final Selection selection;

  SandboxTree(Sandbox sandbox, ArchiveSource source) {
    this.sandbox = sandbox;
    this.source = source;
    this.selection = new Selection(source);
  }

  @Override
  public void walk(Depth depth, Visitor visitor, Findings findings, Progress progress)
      throws IOException {
    try (Sandbox.Directory root = sandbox.openDirectory(source.root())) {
      if (source.names().isEmpty()) {
        String filterPrefix = selection.filterPrefix(root.real());
        Walk walk = new Walk(depth, visitor, findings, progress, new byte[0], filterPrefix, root);
        TreeWalk.walk(root.descriptor(), walk, 1, () -> false);
        return;
      }
    } catch (UncheckedIOException e) {
      throw requireNonNull(e.getCause());
    }
    for (Path name : selection.names()) {
      named(name, depth, visitor, findings, progress);
    }
  }

  /// One chosen entry. Its parent may be reached through links, it itself is not followed.
  private void named(Path name, Depth depth, Visitor visitor, Findings findings, Progress progress)
      throws IOException {
    Path parent = name.getParent();
    byte[] last = NameCodec.encode(requireNonNull(name.getFileName()).toString());
    byte[] prefix = parent == null ? new byte[0] : NameCodec.encode(parent + "/");
    if (selection.filters() && hiddenByName(parent)) {
      return;
    }
    try (Sandbox.Directory directory =
        sandbox.openDirectory(parent == null ? source.root() : source.root().resolve(parent))) {
      String filterPrefix = selection.filterPrefix(directory.real());
      if (hiddenPrefix(filterPrefix)) {
        return;
      }
      EntryType type = Linux.statx(directory.descriptor(), last).type();
      Walk walk = new Walk(depth, visitor, findings, progress, prefix, filterPrefix, directory);
      if (!walk.visit(TreePath.ROOT, directory.descriptor(), last, type)
          || type != EntryType.DIRECTORY) {
        return;
      }
      try (Descriptor child = Linux.openat(directory.descriptor(), last, OPEN_DIRECTORY, 0)) {
        Path real = directory.real().resolve(requireNonNull(name.getFileName()));
        String below = filterPrefix + NameCodec.decode(last) + "/";
        TreeWalk.walk(
            child,
            new Walk(
                depth,
                visitor,
                findings,
                progress,
                NameCodec.encode(name + "/"),
                selection.filters() ? below : "",
                new Sandbox.Directory(child, real)),
            1,
            () -> false);
      }
    } catch (UncheckedIOException e) {
      throw requireNonNull(e.getCause());
    } catch (NoSuchFileException | NotDirectoryException missing) {
      // skipped as the document says
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR) && !e.is(Errno.ELOOP)) {
        findings.add(NameCodec.encode(name.toString()), Trouble.SKIPPED);
      }
    }
  }

  /// A place below something hidden stays hidden, also when its real place is another one.
  private boolean hiddenByName(@Nullable Path parent) throws IOException {
    String path =
        source.base().toAbsolutePath().relativize(source.root().toAbsolutePath()).toString();
    String full = parent == null ? path : path.isEmpty() ? parent.toString() : path + "/" + parent;
    return hiddenPrefix(full.isEmpty() ? "" : full + "/");
  }

  private boolean hiddenPrefix(String filterPrefix) {
    return selection.filters()
        && !filterPrefix.isEmpty()
        && selection.judge(filterPrefix.substring(0, filterPrefix.length() - 1), true)
            == Verdict.SKIP;
  }

  private final class Walk implements TreeVisitor {
    private final Depth depth;
    private final Visitor visitor;
    private final Findings findings;
    private final Progress progress;
    private final byte[] prefix;
    private final String filterPrefix;
    private final Path real;

    /// The directory visited last.
    private @Nullable TreePath current;

    private byte[] currentPrefix = {};
    private String currentFilterPrefix = "";

    /// @param prefix of names in the archive
    Walk(
        Depth depth,
        Visitor visitor,
        Findings findings,
        Progress progress,
        byte[] prefix,
        String filterPrefix,
        Sandbox.Directory start) {
      this.depth = depth;
      this.visitor = visitor;
      this.findings = findings;
      this.progress = progress;
      this.prefix = prefix;
      this.filterPrefix = filterPrefix;
      this.real = start.real();
    }

    @Override
    public boolean visit(Descriptor directory, byte[] name, EntryType type) {
      throw new IllegalStateException("called with a path only");
    }

    @Override
    public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
        throws LinuxException {
      progress.check();
      enter(parent);
      byte[] full = joined(currentPrefix, name);
      if (selection.omitted(full, name)) {
        return false;
      }
      boolean stored = true;
      if (selection.filters()) {
        Verdict verdict =
            selection.judge(
                currentFilterPrefix + NameCodec.decode(name), type == EntryType.DIRECTORY);
        if (verdict == Verdict.SKIP || hiddenLink(verdict, type, name)) {
          return false;
        }
        stored = verdict == Verdict.KEEP;
      }
      if (stored) {
        store(directory, name, full, type);
      }
      return true;
    }

    private boolean hiddenLink(Verdict verdict, EntryType type, byte[] name) {
      return verdict == Verdict.KEEP
          && type == EntryType.SYMLINK
          && selection.leadsToHidden(
              real.resolve(
                  currentFilterPrefix.substring(filterPrefix.length()) + NameCodec.decode(name)));
    }

    private void enter(TreePath parent) {
      if (parent != current) {
        current = parent;
        byte[] below = parent.bytes();
        if (below.length == 0) {
          currentPrefix = prefix;
          currentFilterPrefix = filterPrefix;
        } else {
          byte[] slash = joined(below, new byte[] {'/'});
          currentPrefix = joined(prefix, slash);
          currentFilterPrefix = selection.filters() ? filterPrefix + NameCodec.decode(slash) : "";
        }
      }
    }

    private void store(Descriptor directory, byte[] name, byte[] full, EntryType type)
        throws LinuxException {
      switch (type) {
        case DIRECTORY -> {
          FileStatus status = Linux.statx(directory, name);
          if (status.isDirectory()) {
            hand(
                Entry.directory(
                    full, status.permissions() & 0777, status.modified(), status.size()));
          }
        }
        case SYMLINK -> {
          byte[] target = Linux.readlinkat(directory, name);
          hand(Entry.symlink(full, Linux.statx(directory, name).modified(), target));
        }
        case REGULAR -> {
          if (depth == Depth.SIZES) {
            hand(file(full, Linux.statx(directory, name), null, null));
          } else {
            read(Linux.openat(directory, name, OPEN_FILE, 0), full);
          }
        }
        case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN -> {
          // never stored
        }
      }
    }

    private void read(Descriptor descriptor, byte[] full) throws LinuxException {
      FileStatus status;
      try {
        status = Linux.statx(descriptor);
      } catch (LinuxException e) {
        descriptor.close();
        throw e;
      }
      if (!status.isRegular()) {
        descriptor.close();
        findings.add(full, Trouble.VANISHED);
        return;
      }
      DescriptorFile file = new DescriptorFile(full, status.size(), descriptor);
      try {
        hand(file(full, status, file, SparseMap.of(descriptor, status)));
      } finally {
        file.release();
      }
    }

    private static Entry file(
        byte[] full, FileStatus status, @Nullable OpenFile file, @Nullable SparseMap holes) {
      return new Entry(
          full,
          Entry.Kind.FILE,
          status.permissions() & 0777,
          status.modified(),
          status.size(),
          new byte[0],
          status.links(),
          status.device(),
          status.inode(),
          file,
          holes);
    }

    /// Failures of the visitor end the walk: they are not about the entry.
    private void hand(Entry entry) {
      try {
        visitor.visit(entry);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void failed(byte[] name, IOException failure) {
      boolean vanished =
          failure instanceof LinuxException e
              && (e.is(Errno.ENOENT)
                  || e.is(Errno.ELOOP)
                  || e.is(Errno.ENOTDIR)
                  || e.is(Errno.EINVAL));
      findings.add(joined(currentPrefix, name), vanished ? Trouble.VANISHED : Trouble.SKIPPED);
    }
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static final class DescriptorFile extends OpenFile {
    private final Descriptor descriptor;

    DescriptorFile(byte[] name, long size, Descriptor descriptor) {
      super(name, size);
      this.descriptor = descriptor;
    }

    @Override
    public boolean sequential() {
      return false;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return Linux.pread(descriptor, into, position);
    }

    @Override
    protected void close() {
      descriptor.close();
    }
  }
}
