package dev.wings.docker.internal.container;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// What the create request must know about the host. One implementation reads the real one, tests
/// invent theirs.
public interface HostFacts {
  /// Whether the unified control-group hierarchy is in use.
  boolean cgroupV2();

  /// Whether SELinux is present, so that bind mounts need a label.
  boolean selinux();

  /// CPUs of each NUMA node by the node's number; empty when unknown.
  SortedMap<Integer, BitSet> numaNodes();

  /// Number of CPUs of the host.
  int cpus();

  /// Whether a file exists (links followed).
  boolean exists(String path);

  /// The path with all links resolved, empty when it does not exist.
  Optional<Path> resolve(String path);

  /// Whether the path is a character or block device.
  boolean isDevice(Path path);

  /// Files of LXCFS below its directory that can be mounted, or the reason why none can.
  Lxcfs lxcfs(String directory, List<String> files);

  /// Result of [#lxcfs].
  ///
  /// @param problem empty when all is well
  record Lxcfs(List<String> files, String problem) {}

  /// Whether the process cannot read its `/proc/meminfo` because the FUSE file system behind it is
  /// gone. False for everything that cannot be found out.
  boolean lxcfsDied(long pid);

  /// The path as the engine sees it, which differs when the daemon itself runs in a container
  /// (`containers.md` 26).
  String onHost(String path);

  /// Highest `nofile` hard limit that the daemon may hand out: what it could raise its own to.
  long maxOpenFiles();

  /// Whether control groups have a file for I/O weights. Where they have none, a container with a
  /// weight cannot be started on some engines, so none is sent.
  boolean acceptsIoWeight();

  /// Whether some block device honours I/O weights.
  boolean honoursIoWeight();
}
