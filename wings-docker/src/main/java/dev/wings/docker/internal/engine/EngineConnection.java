package dev.wings.docker.internal.engine;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// One HTTP/1.1 exchange on one channel. Used by one thread at a time, except that writing to an
/// upgraded connection may go on beside reading, and that [#close] may be called by anyone.
final class EngineConnection implements AutoCloseable {
  private static final int MAX_LINE = 16 * 1024;
  private static final int MAX_HEADERS = 200;

  /// Status line and headers; names in lower case.
  record Head(int status, Map<String, String> headers) {
    boolean chunked() {
      return headers
          .getOrDefault("transfer-encoding", "")
          .toLowerCase(Locale.ROOT)
          .contains("chunked");
    }

    /// Length of the body, -1 when it is not announced.
    long contentLength() throws ProtocolException {
      String text = headers.get("content-length");
      if (text == null) {
        return -1;
      }
      try {
        long length = Long.parseLong(text.strip());
        if (length >= 0) {
          return length;
        }
      } catch (NumberFormatException e) {
        // falls through to the same complaint as a negative number
      }
      throw new ProtocolException("content-length: " + text);
    }
  }

  private final SocketChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(8 * 1024).flip();

  EngineConnection(SocketChannel channel) {
    this.channel = channel;
  }

  SocketChannel channel() {
    return channel;
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  Head readHead() throws IOException {
    while (true) {
      Head head = readOneHead();
      if (head.status() >= 200 || head.status() == 101) {
        return head;
      }
    }
  }

  private Head readOneHead() throws IOException {
    String line = readLine();
    // "HTTP/1.1 200 OK"
    if (!line.startsWith("HTTP/1.") || line.length() < 12) {
      throw new ProtocolException("not an HTTP answer");
    }
    int status;
    try {
      status = Integer.parseInt(line, 9, 12, 10);
    } catch (NumberFormatException e) {
      throw new ProtocolException("not an HTTP status: " + line);
    }
    Map<String, String> headers = new HashMap<>();
    line = readLine();
    for (int count = 0; !line.isEmpty(); count++) {
      int colon = line.indexOf(':');
      if (colon <= 0 || count >= MAX_HEADERS) {
        throw new ProtocolException("bad header in the engine's answer");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      line = readLine();
    }
    return new Head(status, headers);
  }

  /// One line without its end, in ISO-8859-1.
  String readLine() throws IOException {
    StringBuilder line = new StringBuilder(64);
    while (true) {
      int b = readByte();
      if (b == '\n') {
        int length = line.length();
        if (length > 0 && line.charAt(length - 1) == '\r') {
          line.setLength(length - 1);
        }
        return line.toString();
      }
      if (line.length() >= MAX_LINE) {
        throw new ProtocolException("line too long in the engine's answer");
      }
      line.append((char) b);
    }
  }

  private int readByte() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear();
      int count = channel.read(buffer);
      buffer.flip();
      if (count < 0) {
        throw new EOFException("the engine closed the connection");
      }
    }
    return buffer.get() & 0xff;
  }

  /// Reads at least one byte, first what is buffered; -1 at the end.
  int read(ByteBuffer target) throws IOException {
    if (buffer.hasRemaining()) {
      int count = Math.min(buffer.remaining(), target.remaining());
      target.put(buffer.slice(buffer.position(), count));
      buffer.position(buffer.position() + count);
      return count;
    }
    return channel.read(target);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The channel is unusable either way, and its descriptor is released.
    }
  }

  static ByteBuffer encode(EngineRequest request, String prefix, boolean upgrade) {
    byte[] content = request.body();
    byte[] body = content == null ? new byte[0] : content;
    StringBuilder head = new StringBuilder(256);
    head.append(request.method())
        .append(' ')
        .append(request.target(prefix))
        .append(" HTTP/1.1\r\n");
    head.append("Host: docker\r\nUser-Agent: wings\r\n");
    if (upgrade) {
      head.append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
    } else {
      head.append("Connection: close\r\n");
    }
    if (content != null) {
      head.append("Content-Type: application/json\r\n");
    }
    if (!request.method().equals("GET")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    request
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    byte[] headBytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(headBytes.length + body.length).put(headBytes).put(body).flip();
  }
}
