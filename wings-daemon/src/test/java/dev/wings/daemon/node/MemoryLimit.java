package dev.wings.daemon.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A control group with a memory limit and no swap, for a process under test.
final class MemoryLimit implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final Path directory;
  private final boolean unified;

  private MemoryLimit(Path directory, boolean unified) {
    this.directory = directory;
    this.unified = unified;
  }

  /// Empty, with the reason printed, where no group can be made.
  static Optional<MemoryLimit> of(long bytes) {
    boolean unified = KernelGroup.unified();
    Path directory =
        (unified ? ROOT : ROOT.resolve("memory")).resolve("wings-" + UUID.randomUUID());
    try {
      if (unified) {
        Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory");
      }
      Files.createDirectory(directory);
      MemoryLimit limit = new MemoryLimit(directory, unified);
      limit.write(unified ? "memory.max" : "memory.limit_in_bytes", bytes);
      limit.write(unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? 0 : bytes);
      return Optional.of(limit);
    } catch (IOException refused) {
      System.out.println("no memory-limited control group can be made here: " + refused);
      return Optional.empty();
    }
  }

  /// Command that enters the group and becomes what follows it.
  List<String> command() {
    return List.of(
        "sh", "-c", "echo $$ > " + directory.resolve("cgroup.procs") + " && exec \"$@\"", "sh");
  }

  /// Processes of the group that the kernel has killed for want of memory.
  long kills() throws IOException {
    Path file = directory.resolve(unified ? "memory.events" : "memory.oom_control");
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
        .findFirst()
        .orElse(0);
  }

  private void write(String file, long value) throws IOException {
    Files.writeString(directory.resolve(file), Long.toString(value));
  }

  /// To be called when the process has ended.
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(directory);
  }
}
