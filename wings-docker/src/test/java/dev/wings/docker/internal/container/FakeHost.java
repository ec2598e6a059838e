package dev.wings.docker.internal.container;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// An invented host; tests change its fields.
final class FakeHost implements HostFacts {
  boolean cgroupV2 = true;
  boolean selinux;
  boolean acceptsIoWeight = true;
  boolean honoursIoWeight = true;
  boolean lxcfsDied;
  long maxOpenFiles = 1 << 20;
  HostMounts mounts = HostMounts.NONE;
  Lxcfs lxcfs = new Lxcfs(List.of(), "not there");
  final SortedMap<Integer, BitSet> numaNodes = new TreeMap<>();

  /// Existing paths and what they resolve to.
  final Map<String, String> paths = new HashMap<>();

  final Set<String> devices = new HashSet<>();

  @Override
  public boolean cgroupV2() {
    return cgroupV2;
  }

  @Override
  public boolean selinux() {
    return selinux;
  }

  @Override
  public SortedMap<Integer, BitSet> numaNodes() {
    return numaNodes;
  }

  @Override
  public int cpus() {
    return 4;
  }

  @Override
  public boolean exists(String path) {
    return paths.containsKey(path);
  }

  @Override
  public Optional<Path> resolve(String path) {
    return Optional.ofNullable(paths.get(path)).map(Path::of);
  }

  @Override
  public boolean isDevice(Path path) {
    return devices.contains(path.toString());
  }

  @Override
  public Lxcfs lxcfs(String directory, List<String> files) {
    return lxcfs;
  }

  @Override
  public boolean lxcfsDied(long pid) {
    return lxcfsDied;
  }

  @Override
  public String onHost(String path) {
    return mounts.translate(path);
  }

  @Override
  public long maxOpenFiles() {
    return maxOpenFiles;
  }

  @Override
  public boolean acceptsIoWeight() {
    return acceptsIoWeight;
  }

  @Override
  public boolean honoursIoWeight() {
    return honoursIoWeight;
  }
}
