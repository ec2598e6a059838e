package dev.wings.docker.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Stands between the module and a real engine, so that a test can cut all connections and pretend
/// that the engine is down without touching it.
public final class EngineProxy implements AutoCloseable {
  private final Path engine;
  private final Path socket;
  private final ServerSocketChannel server;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean down;

  public EngineProxy(String engine, Path directory) throws IOException {
    this.engine = Path.of(engine);
    socket = directory.resolve("proxy.sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().name("engine-proxy").start(this::accept);
  }

  public String socket() {
    return socket.toString();
  }

  /// Cuts all connections.
  public void cut() {
    open.forEach(EngineProxy::close);
  }

  /// Cuts all connections and answers no new one until [#up].
  public void down() {
    down = true;
    cut();
  }

  public void up() {
    down = false;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        if (down) {
          close(client);
          continue;
        }
        SocketChannel upstream = SocketChannel.open(StandardProtocolFamily.UNIX);
        upstream.connect(UnixDomainSocketAddress.of(engine));
        open.add(client);
        open.add(upstream);
        Thread.ofVirtual().start(() -> copy(client, upstream));
        Thread.ofVirtual().start(() -> copy(upstream, client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    try {
      while (from.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
      }
    } catch (IOException e) {
      // cut, or closed by one side
    } finally {
      open.remove(from);
      open.remove(to);
      close(from);
      close(to);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // nothing left to close
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
    Files.deleteIfExists(socket);
  }
}
