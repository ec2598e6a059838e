package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which addresses users may make the node connect to (`threats.md` SR-01). Asked before every
/// connection; the operator's list and the node's surroundings are read each time.
///
/// The rule, with the list of the configuration (`api.remote_download_blocked_cidrs`):
///
/// 1. Whatever is on the list is blocked.
/// 2. What no download can come from is blocked whatever the list says: everything that is not
///    unicast, link-local addresses and the metadata services of clouds, documentation and reserved
///    ranges, IPv6 outside of 2000::/3, and the IPv6 ranges that carry an IPv4 address (6to4,
///    Teredo, NAT64, IPv4-compatible).
/// 3. Private networks (loopback, RFC 1918, `fc00::/7`) are blocked because the default list names
///    them. An operator who takes one out opens it.
/// 4. Carrier-grade NAT and benchmarking networks are on the default list only since 2026. A list
///    that stems from the older, shorter default (it is not empty, and names no range that only the
///    newer has) does not open them.
/// 5. The node itself, the networks of its containers and the Panel are blocked as long as any part
///    of `127.0.0.0/8` is on the list: who may not reach the loopback interface may not reach the
///    node by another of its addresses either.
///
/// An entry of the list that cannot be read is reported, and all others still count. As nobody can
/// tell what it was meant to close, private networks, the node and the Panel stay closed until it
/// is mended.
///
/// So an empty list opens private networks, the node and the Panel, and nothing of the second rule.
public final class AddressPolicy {
  private static final IpRange LOOPBACK = IpRange.parse("127.0.0.0/8");
  private static final IpRange GLOBAL = IpRange.parse("2000::/3");

  /// Rule 3, as far as IPv6 is concerned.
  private static final List<IpRange> PRIVATE_V6 = IpRange.all("::1", "fc00::/7");

  private static final List<IpRange> NEVER =
      IpRange.all(
          "0.0.0.0/8", // this network
          "100.100.100.200", // metadata service
          "168.63.129.16", // Azure's agent on the virtual host
          "169.254.0.0/16", // link-local, most metadata services
          "192.0.0.0/24", // protocol assignments
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // 6to4 relays
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4", // reserved, broadcast
          "2001::/23", // protocol assignments: Teredo, benchmarking, ORCHID
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4
          "3fff::/20", // documentation
          "fd00:ec2::254", // metadata services, which lie in a private network
          "fd00:c1::a9fe:a9fe",
          "fd20:ce::254");

  /// Rule 3 as far as it does not depend on what is on the list.
  private static final List<IpRange> PRIVATE =
      IpRange.all(
          "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7");

  /// Rule 4.
  private static final List<IpRange> LATER = IpRange.all("100.64.0.0/10", "198.18.0.0/15");

  /// What of the default list was not on the older one.
  private static final List<IpRange> NEWER =
      IpRange.all(
          "0.0.0.0/8",
          "100.64.0.0/10",
          "192.0.0.0/24",
          "198.18.0.0/15",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "::",
          "2002::/16",
          "ff00::/8");

  private final Supplier<List<String>> blocked;
  private final Surroundings surroundings;

  /// What belongs to the node although it may have public addresses.
  @FunctionalInterface
  public interface Surroundings {
    /// Nothing.
    Surroundings NONE = _ -> false;

    /// Whether an address is bound on the node, lies in a network of its containers, or is the
    /// Panel's. May block on the name service.
    boolean contain(InetAddress address);

    /// The same as it is now, for several addresses.
    default Surroundings now() {
      return this;
    }
  }

  /// @param blocked CIDR ranges and single addresses, asked each time
  public AddressPolicy(Supplier<List<String>> blocked, Surroundings surroundings) {
    this.blocked = requireNonNull(blocked, "blocked");
    this.surroundings = requireNonNull(surroundings, "surroundings");
  }

  /// Whether users may make the node connect there.
  public boolean allows(InetAddress address) {
    return now().allow(address);
  }

  /// The rules as they are now, for the addresses of one host.
  Rules now() {
    return new Rules(
        IpRange.readable(blocked.get(), "api.remote_download_blocked_cidrs"), surroundings);
  }

  /// The rules at one time. For one thread.
  static final class Rules {
    private final List<IpRange> listed;
    private final boolean complete;
    private final Surroundings surroundings;
    private @Nullable Surroundings seen;

    private Rules(IpRange.Readable list, Surroundings surroundings) {
      this.listed = list.ranges();
      this.complete = list.complete();
      this.surroundings = surroundings;
    }

    boolean allow(InetAddress asked) {
      InetAddress address = IpLiterals.canonical(asked);
      if (IpRange.anyContains(listed, address) || never(address)) {
        return false;
      }
      if (!complete && IpRange.anyContains(PRIVATE, address)) {
        return false;
      }
      if (IpRange.anyContains(LATER, address) && !(complete && knowsLater(listed))) {
        return false;
      }
      boolean nodeIsClosed = !complete || listed.stream().anyMatch(LOOPBACK::overlaps);
      return !nodeIsClosed || !(address.isLoopbackAddress() || surround(address));
    }

    /// Looked at only when it matters, and once: it may ask the name service.
    private boolean surround(InetAddress address) {
      Surroundings now = seen;
      if (now == null) {
        now = surroundings.now();
        seen = now;
      }
      return now.contain(address);
    }
  }

  private static boolean never(InetAddress address) {
    if (IpRange.anyContains(NEVER, address)) {
      return true;
    }
    return address instanceof Inet6Address
        && !GLOBAL.contains(address)
        && !IpRange.anyContains(PRIVATE_V6, address);
  }

  private static boolean knowsLater(List<IpRange> listed) {
    return listed.isEmpty()
        || listed.stream()
            .anyMatch(range ->
                NEWER.stream()
                    .anyMatch(newer ->
                        newer.prefixBits() == range.prefixBits() && newer.overlaps(range)));
  }
}
