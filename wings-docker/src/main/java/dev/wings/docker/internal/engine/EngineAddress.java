package dev.wings.docker.internal.engine;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// Where the engine listens (`containers.md` 3).
public sealed interface EngineAddress {
  /// Port of an engine on TCP when the configuration names none.
  int DEFAULT_PORT = 2375;

  /// A socket in the file system.
  record Local(Path socket) implements EngineAddress {}

  /// Plain HTTP; the engine API has no TLS here.
  record Remote(String host, int port) implements EngineAddress {}

  /// Reads `docker.socket`: only `http://` and `tcp://` are URLs, anything else is a path as it
  /// stands.
  ///
  /// @throws IllegalArgumentException when a URL has no host or no valid port
  static EngineAddress parse(String socket) {
    for (String scheme : new String[] {"http://", "tcp://"}) {
      if (socket.startsWith(scheme)) {
        return remote(socket, socket.substring(scheme.length()));
      }
    }
    return new Local(Path.of(socket));
  }

  private static EngineAddress remote(String whole, String rest) {
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    int bracket = authority.indexOf(']');
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > bracket;
    String host = hasPort ? authority.substring(0, colon) : authority;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = DEFAULT_PORT;
    if (hasPort) {
      try {
        port = Integer.parseInt(authority.substring(colon + 1));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("docker.socket: " + whole + " (expected: a port)", e);
      }
    }
    if (host.isEmpty() || port < 1 || port > 65535) {
      throw new IllegalArgumentException("docker.socket: " + whole + " (expected: host:port)");
    }
    return new Remote(host, port);
  }

  /// A new, not yet connected channel.
  default SocketChannel open() throws IOException {
    return switch (this) {
      case Local _ -> SocketChannel.open(StandardProtocolFamily.UNIX);
      case Remote _ -> {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        yield channel;
      }
    };
  }

  /// Connects a channel made by [#open]; names are looked up anew each time.
  default void connect(SocketChannel channel) throws IOException {
    switch (this) {
      case Local(Path socket) -> channel.connect(UnixDomainSocketAddress.of(socket));
      case Remote(String host, int port) -> {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
          throw new IOException("cannot resolve the engine's host " + host);
        }
        channel.connect(address);
      }
    }
  }
}
