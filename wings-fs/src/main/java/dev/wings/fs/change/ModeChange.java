package dev.wings.fs.change;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.TreeVisitor;
import dev.wings.fs.tree.TreeWalk;
import dev.wings.fs.tree.WorkCrew;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes permissions of files and directories (`filesystem.md` 12.8). Only the nine `rwx` bits
/// are ever set. Links, devices, FIFOs and sockets are passed over, as is what is hidden and what
/// fails.
public final class ModeChange implements TreeVisitor {
  private static final Logger log = LoggerFactory.getLogger(ModeChange.class);
  private static final int RWX_BITS = 0777;
  private static final int MAX_DIGITS = 10;

  private final PathFilter filter;
  private final String real;
  private final int mode;
  private final Progress progress;
  private final LongAdder changed = new LongAdder();

  private ModeChange(PathFilter filter, String real, int mode, Progress progress) {
    this.filter = filter;
    this.real = real;
    this.mode = mode;
    this.progress = progress;
  }

  /// The bits that an octal text stands for; empty when it is none.
  public static OptionalInt parse(String octal) {
    boolean digits = !octal.isEmpty() && octal.length() <= MAX_DIGITS;
    for (int i = 0; digits && i < octal.length(); i++) {
      digits = octal.charAt(i) >= '0' && octal.charAt(i) <= '7';
    }
    return digits ? OptionalInt.of(Integer.parseInt(octal, 8) & RWX_BITS) : OptionalInt.empty();
  }

  /// Changes one entry, and with `recursive` everything in it.
  ///
  /// @param threads at most so many at a time
  /// @return number of entries changed
  public static long apply(
      Location place, int mode, boolean recursive, int threads, Progress progress) {
    try {
      if (place.root()
          || !place.view().writable()
          || place.hidden()
          || Sandboxed.entry(place).isEmpty()) {
        return 0;
      }
      boolean directory = Files.isDirectory(place.path(), LinkOption.NOFOLLOW_LINKS);
      if (!directory || !recursive) {
        return one(place, mode, progress);
      }
      Sandbox sandbox = Sandboxed.of(place);
      long below;
      try (Sandbox.Directory open = sandbox.openDirectory(place.path())) {
        String path = place.view().root().relativize(open.real()).toString();
        String prefix = path.isEmpty() ? "" : path + "/";
        ModeChange walk = new ModeChange(place.view().filter(), prefix, mode, progress);
        TreeWalk.walk(open.descriptor(), walk, WorkCrew.threads(threads), () -> false);
        below = walk.changed.sum();
      }
      return below + one(place, mode, progress); // last, it may forbid to enter the directory
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("permissions were not changed");
      return 0;
    }
  }

  private static long one(Location place, int mode, Progress progress) throws IOException {
    Path path = place.path();
    boolean plain =
        Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
            || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    if (!plain) {
      return 0;
    }
    Files.setAttribute(path, "unix:mode", mode & RWX_BITS, LinkOption.NOFOLLOW_LINKS);
    progress.addFile();
    return 1;
  }

  @Override
  public boolean visit(Descriptor directory, byte[] name, EntryType type) {
    throw new IllegalStateException("paths are needed");
  }

  @Override
  public boolean visit(TreePath parent, Descriptor directory, byte[] name, EntryType type)
      throws IOException {
    Verdict verdict = judge(parent.child(name), type == EntryType.DIRECTORY);
    if (type == EntryType.REGULAR && verdict == Verdict.KEEP) {
      change(directory, name);
    }
    return type == EntryType.DIRECTORY && verdict != Verdict.SKIP;
  }

  /// A directory changes after everything in it: the new mode may forbid to enter it.
  @Override
  public void leave(TreePath left, Descriptor directory, byte[] name) throws IOException {
    if (judge(left, /* directory= */ true) == Verdict.KEEP) {
      change(directory, name);
    }
  }

  private Verdict judge(TreePath entry, boolean directory) {
    return filter.equals(PathFilter.NONE)
        ? Verdict.KEEP
        : filter.judge(real + NameCodec.decode(entry.bytes()), directory);
  }

  private void change(Descriptor directory, byte[] name) throws IOException {
    try (Descriptor entry = Linux.openat(directory, name, Linux.O_PATH | Linux.oNofollow(), 0)) {
      FileStatus status = Linux.statx(entry);
      if (status.isRegular() || status.isDirectory()) {
        Linux.fchmodat(entry, mode & RWX_BITS);
        changed.increment();
        progress.addFile();
      }
    }
  }

  @Override
  public void failed(byte[] name, IOException failure) {
    log.atTrace().setCause(failure).log("permissions of an entry were not changed");
  }
}
