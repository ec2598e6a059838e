package dev.wings.daemon.system;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A local address that something on the host listens on (TCP) or is bound to (UDP).
public record BoundPort(InetAddress address, int port) {
  private static final String TCP_LISTEN = "0A";
  private static final String UDP_UNCONNECTED = "07";

  static List<BoundPort> all(ProcFiles proc) {
    List<BoundPort> ports = new ArrayList<>();
    for (String protocol : List.of("tcp", "tcp6", "udp", "udp6")) {
      String wanted = protocol.startsWith("tcp") ? TCP_LISTEN : UDP_UNCONNECTED;
      for (String line : proc.sockets(protocol)) {
        BoundPort port = parse(line, wanted);
        if (port != null) {
          ports.add(port);
        }
      }
    }
    return ports;
  }

  /// Reads ` sl: address:port remote:port state …`; null for lines of another state or shape.
  private static @Nullable BoundPort parse(String line, String wantedState) {
    String[] fields = line.trim().split("\\s+");
    if (fields.length < 4 || !fields[3].equals(wantedState)) {
      return null;
    }
    int colon = fields[1].lastIndexOf(':');
    try {
      int port = Integer.parseInt(fields[1].substring(colon + 1), 16);
      return new BoundPort(address(fields[1].substring(0, colon)), port);
    } catch (IllegalArgumentException | UnknownHostException malformed) {
      return null;
    }
  }

  /// The kernel prints 32-bit words in the machine's byte order, which is little endian on every
  /// supported architecture.
  private static InetAddress address(String hex) throws UnknownHostException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    for (int word = 0; word < bytes.length; word += 4) {
      byte swap = bytes[word];
      bytes[word] = bytes[word + 3];
      bytes[word + 3] = swap;
      swap = bytes[word + 1];
      bytes[word + 1] = bytes[word + 2];
      bytes[word + 2] = swap;
    }
    return InetAddress.getByAddress(bytes);
  }
}
