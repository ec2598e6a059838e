package dev.wings.daemon.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The engine's API with nothing in between: what create, attach and start cost by themselves.
final class RawEngine {
  private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]+)\"");

  private RawEngine() {}

  /// Creates, attaches to and starts a container of the demo image, then removes it.
  ///
  /// @return nanoseconds from the first byte of the create request to the answer of the start
  ///   request
  static long createAttachStart() throws IOException {
    String body =
        "{\"Image\":\""
            + BenchDaemon.IMAGE
            + "\",\"Env\":[\"STARTUP=/demo/game\"],\"Tty\":true,\"OpenStdin\":true,"
            + "\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":true,"
            + "\"HostConfig\":{\"NetworkMode\":\"calagopus_nw\",\"ReadonlyRootfs\":true}}";
    long begin = System.nanoTime();
    Matcher id = ID.matcher(call("POST", "/containers/create", body));
    if (!id.find()) {
      throw new IOException("no container");
    }
    String container = "/containers/" + id.group(1);
    try (SocketChannel attached = connect()) {
      attached.write(
          bytes(
              "POST "
                  + container
                  + "/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\n"
                  + "Host: d\r\n"
                  + "Connection: Upgrade\r\n"
                  + "Upgrade: tcp\r\n\r\n"));
      attached.read(ByteBuffer.allocate(1024));
      call("POST", container + "/start", "");
      return System.nanoTime() - begin;
    } finally {
      call("DELETE", container + "?force=1", "");
    }
  }

  private static SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of("/var/run/docker.sock"));
    return channel;
  }

  private static String call(String method, String path, String body) throws IOException {
    try (SocketChannel channel = connect()) {
      channel.write(
          bytes(
              method
                  + " /v1.41"
                  + path
                  + " HTTP/1.1\r\n"
                  + "Host: d\r\n"
                  + "Connection: close\r\n"
                  + "Content-Type: application/json\r\n"
                  + "Content-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body));
      StringBuilder answer = new StringBuilder();
      ByteBuffer buffer = ByteBuffer.allocate(8192);
      while (channel.read(buffer.clear()) > 0) {
        answer.append(StandardCharsets.UTF_8.decode(buffer.flip()));
      }
      return answer.toString();
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
