package dev.wings.docker.internal.bandwidth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The network interface of a container and the shaping that is in force there.
///
/// @param device name of the interface
/// @param uploadRate bytes per second, 0 when uploads are not shaped
/// @param ingress whether what comes in is handed to some filter first
/// @param ifb whether the device for downloads exists
/// @param downloadRate bytes per second, 0 when that device does not shape
record ContainerNetwork(
    String device, int mtu, long uploadRate, boolean ingress, boolean ifb, long downloadRate) {
  /// The kernel shapes what leaves a device. Downloads are led through this one to have them leave
  /// something.
  static final String IFB = "wings-dl";

  /// Of the TBF at the root of a shaped device: 0x5742.
  static final String HANDLE = "5742:";

  /// Names go into lines of `ip` and `tc`.
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,15}");

  /// @param links output of `ip -j link show`
  /// @param qdiscs output of `tc -j qdisc show`
  /// @throws IOException when the container has not exactly one interface besides loopback that is
  ///   up, or the output is not understood
  static ContainerNetwork parse(String links, String qdiscs) throws IOException {
    List<JsonNode> up = new ArrayList<>();
    boolean ifb = false;
    for (JsonNode link : read("ip", links)) {
      if (link.path("ifname").asText("").equals(IFB)) {
        ifb = true;
      } else if (hasFlag(link, "UP") && !hasFlag(link, "LOOPBACK")) {
        up.add(link);
      }
    }
    if (up.size() != 1) {
      throw new IOException(
          "the container has %d network interfaces that are up (expected: 1)".formatted(up.size()));
    }
    String device = up.getFirst().path("ifname").asText("");
    if (!PLAIN_NAME.matcher(device).matches()) {
      throw new IOException("the container's network interface has an unusual name");
    }
    JsonNode disciplines = read("tc", qdiscs);
    return new ContainerNetwork(
        device,
        up.getFirst().path("mtu").asInt(),
        rate(disciplines, device),
        hasIngress(disciplines, device),
        ifb,
        rate(disciplines, IFB));
  }

  private static JsonNode read(String program, String output) throws IOException {
    try {
      // Older versions of tc print nothing instead of an empty list.
      return Json.mapper().readTree(output.isBlank() ? "[]" : output);
    } catch (JsonProcessingException e) {
      throw new IOException(program + " does not speak JSON (iproute2 is needed)", e);
    }
  }

  private static boolean hasFlag(JsonNode link, String flag) {
    for (JsonNode one : link.path("flags")) {
      if (one.asText("").equals(flag)) {
        return true;
      }
    }
    return false;
  }

  private static long rate(JsonNode disciplines, String device) {
    for (JsonNode qdisc : disciplines) {
      if (qdisc.path("dev").asText("").equals(device)
          && qdisc.path("kind").asText("").equals("tbf")
          && qdisc.path("handle").asText("").equals(HANDLE)) {
        return qdisc.path("options").path("rate").asLong();
      }
    }
    return 0;
  }

  private static boolean hasIngress(JsonNode disciplines, String device) {
    for (JsonNode qdisc : disciplines) {
      if (qdisc.path("dev").asText("").equals(device)
          && qdisc.path("kind").asText("").equals("ingress")) {
        return true;
      }
    }
    return false;
  }
}
