package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.limit.SftpLimits;
import java.util.function.Supplier;

/// Whether a request may be done, asked anew for each: rights and settings change while clients are
/// connected.
final class Access {
  private final FileTree tree;
  private final Supplier<SftpLimits> limits;
  private final Handles handles;

  Access(FileTree tree, Supplier<SftpLimits> limits, Handles handles) {
    this.tree = tree;
    this.limits = limits;
    this.handles = handles;
  }

  SftpLimits limits() {
    return limits.get();
  }

  /// Checks what a request needs whatever it says, in the order of `sftp.md` 10.
  void admit(Verb verb) throws StatusException {
    if (verb.has(Verb.Trait.ALWAYS)) {
      return;
    }
    if (!tree.accessible()) {
      throw new StatusException(Status.PERMISSION_DENIED);
    }
    if (verb.has(Verb.Trait.OPENS) && handles.full()) {
      throw new StatusException(Status.FAILURE);
    }
    if (verb.has(Verb.Trait.MODIFIES)) {
      requireWritable();
    }
    for (FileRight right : verb.rights()) {
      require(right);
    }
  }

  void requireWritable() throws StatusException {
    if (limits.get().readOnly()) {
      throw new StatusException(Status.PERMISSION_DENIED);
    }
  }

  void require(FileRight right) throws StatusException {
    if (!tree.allows(right)) {
      throw new StatusException(Status.PERMISSION_DENIED);
    }
  }
}
