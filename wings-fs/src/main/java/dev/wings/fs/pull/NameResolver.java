package dev.wings.fs.pull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Finds the addresses of a host. Asked once per connection.
@FunctionalInterface
public interface NameResolver {
  /// All addresses, the preferred ones first.
  ///
  /// @param host a name in its ASCII form, never an address
  /// @throws UnknownHostException when there is none, or no answer came in time
  List<InetAddress> resolve(String host) throws UnknownHostException, InterruptedException;
}
