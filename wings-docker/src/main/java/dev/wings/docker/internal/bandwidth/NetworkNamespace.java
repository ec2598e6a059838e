package dev.wings.docker.internal.bandwidth;

import dev.wings.docker.internal.bandwidth.NetworkTools.Deadline;
import dev.wings.docker.internal.stats.ControlGroup;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The network namespace of a container, held open so that all commands reach the same one: the
/// number of the container's process may belong to another process at any time, the host's own
/// included.
final class NetworkNamespace implements AutoCloseable {
  private final NetworkTools tools;
  private final FileChannel pin;
  private final List<String> entry;

  private NetworkNamespace(NetworkTools tools, FileChannel pin, List<String> entry) {
    this.tools = tools;
    this.pin = pin;
    this.entry = entry;
  }

  /// @param rootless whether to join the user namespace that owns the network, which gives a daemon
  ///   without rights on the host the rights it needs there
  /// @throws IOException when it is not the container's own, or cannot be reached
  static NetworkNamespace of(
      NetworkTools tools, ControlGroup groups, long pid, String containerId, boolean rootless)
      throws IOException {
    Path process = groups.process(pid);
    FileChannel pin;
    try {
      pin = FileChannel.open(process.resolve("ns/net"), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new IOException("the container's process is not visible from here", e);
    }
    try {
      // Looked at after the namespace was opened: it was the container's process then, too.
      if (!groups.contains(pid, containerId)) {
        throw new IOException("the container's process cannot be told by its control group");
      }
      Path own = groups.proc().resolve("self");
      String identity = Files.readSymbolicLink(process.resolve("ns/net")).toString();
      if (identity.equals(Files.readSymbolicLink(own.resolve("ns/net")).toString())) {
        throw new IOException("the container shares the network of the daemon");
      }
      List<String> entry = new ArrayList<>();
      if (rootless) {
        userNamespace(groups, pid)
            .ifPresent(path -> entry.addAll(List.of("--user=" + path, "--preserve-credentials")));
      }
      entry.add("--net=" + descriptor(own.resolve("fd"), identity));
      entry.add("--");
      return new NetworkNamespace(tools, pin, entry);
    } catch (IOException | RuntimeException e) {
      pin.close();
      throw e;
    }
  }

  /// The open file as children of this process can name it. Whoever else has the same namespace
  /// open has it for the same container, whose changes come one at a time.
  private static Path descriptor(Path open, String identity) throws IOException {
    try (Stream<Path> descriptors = Files.list(open)) {
      for (Path descriptor : descriptors.toList()) {
        try {
          if (Files.readSymbolicLink(descriptor).toString().equals(identity)) {
            return Path.of(
                "/proc", Long.toString(ProcessHandle.current().pid()), "fd", fileName(descriptor));
          }
        } catch (NoSuchFileException e) {
          // closed by another thread meanwhile
        }
      }
    }
    throw new IOException("the open network namespace is not listed in /proc/self/fd");
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  /// A container may have a user namespace of its own inside that of its engine. In the latter the
  /// daemon's user is root and rules over both; the container's monitor lives there.
  private static Optional<Path> userNamespace(ControlGroup groups, long pid) throws IOException {
    String own = Files.readSymbolicLink(groups.proc().resolve("self/ns/user")).toString();
    List<Long> candidates = new ArrayList<>();
    ProcessHandle.of(pid)
        .flatMap(ProcessHandle::parent)
        .ifPresent(monitor -> candidates.add(monitor.pid()));
    candidates.add(pid);
    for (long candidate : candidates) {
      Path path = groups.process(candidate).resolve("ns/user");
      try {
        if (!Files.readSymbolicLink(path).toString().equals(own)) {
          return Optional.of(path);
        }
      } catch (IOException notOurs) {
        // such as a service manager that took an orphan in
      }
    }
    return Optional.empty();
  }

  ContainerNetwork look(Deadline deadline) throws IOException, InterruptedException {
    return ContainerNetwork.parse(
        run("ip", List.of("-j", "link", "show"), List.of(), deadline),
        run("tc", List.of("-j", "qdisc", "show"), List.of(), deadline));
  }

  void carryOut(ShapingPlan plan, Deadline deadline) throws IOException, InterruptedException {
    batch("ip", plan.linksBefore(), deadline);
    batch("tc", plan.traffic(), deadline);
    batch("ip", plan.linksAfter(), deadline);
  }

  private void batch(String program, List<String> lines, Deadline deadline)
      throws IOException, InterruptedException {
    if (!lines.isEmpty()) {
      run(program, List.of("-batch", "-"), lines, deadline);
    }
  }

  private String run(String program, List<String> arguments, List<String> input, Deadline deadline)
      throws IOException, InterruptedException {
    List<String> command = tools.command("nsenter", entry);
    command.addAll(tools.command(program, arguments));
    return NetworkTools.run(command, input, deadline);
  }

  @Override
  public void close() throws IOException {
    pin.close();
  }
}
