package dev.wings.docker.internal.bandwidth;

import dev.wings.docker.internal.bandwidth.NetworkTools.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Finds out whether this process on this kernel can shape: it does once, in new network namespaces
/// that end with the commands, what it will have to do in containers.
final class Requirements {
  private static final Map<String, Integer> CAPABILITIES =
      new TreeMap<>(Map.of("CAP_NET_ADMIN", 12, "CAP_SYS_ADMIN", 21));

  private final NetworkTools tools;
  private final boolean rootless;
  private final Deadline deadline;

  private Requirements(NetworkTools tools, boolean rootless, Deadline deadline) {
    this.tools = tools;
    this.rootless = rootless;
    this.deadline = deadline;
  }

  /// @param status the file `status` of this process in `/proc`
  /// @throws IOException naming what is missing
  static KernelSupport probe(NetworkTools tools, Path status, boolean rootless, Deadline deadline)
      throws IOException, InterruptedException {
    if (!rootless) {
      List<String> missing = new ArrayList<>(CAPABILITIES.keySet());
      long effective = capabilities(status, "CapEff");
      missing.removeIf(name -> (effective >> CAPABILITIES.getOrDefault(name, 0) & 1) == 1);
      if (!missing.isEmpty()) {
        throw new IOException("the daemon lacks " + String.join(" and ", missing));
      }
    }
    return new Requirements(tools, rootless, deadline).probe();
  }

  /// A set of capabilities in a file `status` of `/proc`.
  static long capabilities(Path status, String set) throws IOException {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(set + ":")) {
          return Long.parseUnsignedLong(line.substring(set.length() + 1).strip(), 16);
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException("the capabilities of a process cannot be read", e);
    }
    throw new IOException("no " + set + " in the status of a process");
  }

  private KernelSupport probe() throws IOException, InterruptedException {
    need(
        rootless ? "user namespaces are not allowed" : "network namespaces cannot be made",
        "ip",
        "link show");
    need(
        "the kernel has no token bucket filter (CONFIG_NET_SCH_TBF)",
        "tc",
        "qdisc add dev lo root tbf rate 8000bit burst 65536 limit 65536");
    need("the kernel has no IFB devices (CONFIG_IFB)", "ip", "link add ifb-probe type ifb");
    boolean matchall = works("tc", ShapingPlan.redirect("lo", "lo", /* matchall= */ true));
    if (!matchall) {
      need(
          "the kernel cannot redirect what comes in (CONFIG_NET_SCH_INGRESS,"
              + " CONFIG_NET_CLS_MATCHALL or CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED)",
          "tc",
          ShapingPlan.redirect("lo", "lo", /* matchall= */ false).toArray(String[]::new));
    }
    return new KernelSupport(works("tc", List.of("qdisc add dev lo root fq_codel")), matchall);
  }

  private void need(String missing, String program, String... lines)
      throws IOException, InterruptedException {
    try {
      run(program, List.of(lines));
    } catch (IOException e) {
      throw new IOException(missing + ": " + e.getMessage(), e);
    }
  }

  private boolean works(String program, List<String> lines) throws InterruptedException {
    try {
      run(program, lines);
      return true;
    } catch (IOException e) {
      return false; // there is another way, whose own error counts
    }
  }

  private void run(String program, List<String> lines) throws IOException, InterruptedException {
    List<String> command =
        tools.command(
            "unshare",
            rootless
                ? List.of("--user", "--map-root-user", "--net", "--")
                : List.of("--net", "--"));
    command.addAll(tools.command(program, List.of("-batch", "-")));
    NetworkTools.run(command, lines, deadline);
  }
}
