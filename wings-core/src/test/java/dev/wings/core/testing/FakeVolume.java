package dev.wings.core.testing;

import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A volume on a plain directory, without any sandbox.
public final class FakeVolume implements ServerVolume {
  private final Path root;
  private volatile long limitBytes;
  private volatile long usedBytes;
  private volatile boolean fixed;
  private volatile boolean failing;

  public FakeVolume(Path root) {
    this.root = root;
  }

  @Override
  public Path root() {
    return root;
  }

  @Override
  public String hostPath() {
    return root.toString();
  }

  @Override
  public void prepare() throws IOException {
    Files.createDirectories(root);
  }

  @Override
  public long repairOwnership() {
    return 0;
  }

  @Override
  public long usedBytes() {
    return usedBytes;
  }

  @Override
  public long scan() throws IOException {
    check();
    if (fixed) {
      return usedBytes;
    }
    try (Stream<Path> entries = Files.walk(root)) {
      usedBytes = entries.filter(Files::isRegularFile).mapToLong(FakeVolume::size).sum();
    }
    return usedBytes;
  }

  /// Sets what scans find from now on.
  public void become(long newUsedBytes) {
    fixed = true;
    usedBytes = newUsedBytes;
  }

  /// Whether scans and clearing fail from now on.
  public void failing(boolean fails) {
    failing = fails;
  }

  private void check() throws IOException {
    if (failing) {
      throw new IOException("input/output error at " + root);
    }
  }

  @Override
  public void limit(long bytes) {
    limitBytes = bytes;
  }

  @Override
  public long limitBytes() {
    return limitBytes;
  }

  @Override
  public void clear() throws IOException {
    check();
    for (Path entry : deepestFirst()) {
      if (!entry.equals(root)) {
        Files.delete(entry);
      }
    }
  }

  @Override
  public void destroy() throws IOException {
    clear();
    Files.deleteIfExists(root);
  }

  @Override
  public void close() {
    // nothing is held open
  }

  private List<Path> deepestFirst() throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.walk(root)) {
      return entries.sorted(Comparator.reverseOrder()).toList();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
