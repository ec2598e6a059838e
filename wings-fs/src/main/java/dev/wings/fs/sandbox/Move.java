package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.util.Optional;

/// Gives one entry another name, and tells the gate what moved and what was replaced.
final class Move implements AutoCloseable {
  private final Sandbox sandbox;
  private final SandboxPath target;
  private final Sandbox.Slot from;
  private final Sandbox.Slot to;
  private final SandboxPath fromDirectory;
  private final SandboxPath toDirectory;

  Move(SandboxPath source, SandboxPath target) throws IOException {
    this.sandbox = target.sandbox();
    this.target = target;
    from = sandbox.slot(source);
    Sandbox.Slot opened = null;
    try {
      opened = sandbox.slot(target);
      fromDirectory = sandbox.directory(from, source);
      toDirectory = sandbox.directory(opened, target);
      to = opened;
    } catch (IOException | RuntimeException e) {
      from.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /// As rename(2).
  void replacing() throws IOException {
    if (sandbox.ledger().idle()) {
      Linux.renameat(from.parent(), from.name(), to.parent(), to.name());
      return;
    }
    byte[] directory = toDirectory.resolvable();
    sandbox.ledger().rename(from, to, directory).ifPresent(this::tell);
  }

  /// A file may take the place of an empty directory and the other way round, in two steps.
  void replacingAnyKind() throws IOException {
    try {
      replacing();
    } catch (LinuxException e) {
      if (!e.is(Errno.EISDIR) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      Optional<FileStatus> moved = Relocation.status(from);
      Relocation.remove(to, target);
      Linux.renameatNoReplace(from.parent(), from.name(), to.parent(), to.name());
      moved.ifPresent(this::tell);
    }
  }

  void toFreeName() throws LinuxException {
    Optional<FileStatus> moved = Relocation.status(from);
    Optional<FileStatus> taken = Relocation.status(to);
    if (taken.isPresent()) {
      if (moved.filter(taken.get()::sameInode).isPresent()) {
        return; // onto itself, which is no error
      }
      throw new LinuxException("renameat2", Errno.EEXIST);
    }
    Linux.renameatNoReplace(from.parent(), from.name(), to.parent(), to.name());
    moved.ifPresent(this::tell);
  }

  private void tell(FileStatus moved) {
    if (sandbox.ledger().idle()) {
      return;
    }
    SpaceGate gate = sandbox.options().gate();
    if (moved.isDirectory()) {
      gate.moved(
          fromDirectory.child(from.name()).resolvable(), toDirectory.child(to.name()).resolvable());
    } else if (!fromDirectory.equals(toDirectory)) {
      long blocks = moved.links() > 1 ? 0 : moved.allocatedBytes();
      gate.settle(toDirectory.resolvable(), 0, moved.size(), blocks);
      gate.settle(fromDirectory.resolvable(), 0, -moved.size(), -blocks);
    }
  }

  @Override
  public void close() {
    from.close();
    to.close();
  }
}
