package dev.wings.fs.sandbox;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// How a [Sandbox] behaves. Start with [#defaults] and change what differs.
///
/// @param owner who gets everything that is created; empty leaves it to the process
/// @param mode forces a mode; empty takes the best one that works
/// @param gate asked before files grow
/// @param guard asked when a file is opened
/// @param staging told the directory of each staging file ([Sandbox#STAGING_PREFIX]) before it is
///   created, so that a crash's leftovers can be found
public record SandboxOptions(
    Optional<Owner> owner,
    Optional<SandboxMode> mode,
    SpaceGate gate,
    AccessGuard guard,
    StagingListener staging) {
  public SandboxOptions {
    requireNonNull(owner, "owner");
    requireNonNull(mode, "mode");
    requireNonNull(gate, "gate");
    requireNonNull(guard, "guard");
    requireNonNull(staging, "staging");
  }

  /// Told before a staging file is created.
  @FunctionalInterface
  public interface StagingListener {
    /// @throws IOException when the file must not be created
    void starting(Path directory) throws IOException;
  }

  /// Owner of created entries (`filesystem.md` 3).
  ///
  /// @param rootless a refused change of the owner is logged once and not tried again, instead of
  ///   failing the operation
  public record Owner(int uid, int gid, boolean rootless) {
    public Owner {
      if (uid < 0 || gid < 0) {
        throw new IllegalArgumentException("owner: " + uid + ":" + gid + " (expected: >= 0)");
      }
    }
  }

  /// The process's own user, best mode, no limit, no rule.
  public static SandboxOptions defaults() {
    return new SandboxOptions(
        Optional.empty(), Optional.empty(), SpaceGate.OPEN, AccessGuard.NONE, _ -> {});
  }

  public SandboxOptions ownedBy(int uid, int gid) {
    return withOwner(new Owner(uid, gid, /* rootless= */ false));
  }

  public SandboxOptions withOwner(Owner newOwner) {
    return new SandboxOptions(Optional.of(newOwner), mode, gate, guard, staging);
  }

  public SandboxOptions withMode(SandboxMode newMode) {
    return new SandboxOptions(owner, Optional.of(newMode), gate, guard, staging);
  }

  public SandboxOptions withGate(SpaceGate newGate) {
    return new SandboxOptions(owner, mode, newGate, guard, staging);
  }

  public SandboxOptions withGuard(AccessGuard newGuard) {
    return new SandboxOptions(owner, mode, gate, newGuard, staging);
  }

  public SandboxOptions withStaging(StagingListener newStaging) {
    return new SandboxOptions(owner, mode, gate, guard, newStaging);
  }
}
