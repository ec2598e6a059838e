package dev.wings.daemon.ws;

import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// A websocket client that can misbehave: it sends the bytes it is given and reads when it is told.
public final class RawClient implements AutoCloseable {
  private static final int MASKED = 0x80;
  private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  public RawClient(int port, UUID server) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    out = socket.getOutputStream();
    String request =
        "GET /api/servers/"
            + server
            + "/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    String head = head();
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException(head);
    }
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  /// Sends a text message of one event.
  public void send(String event, String argument) throws IOException {
    String escaped = argument.replace("\\", "\\\\").replace("\"", "\\\"");
    frame(
        0x81,
        ("{\"event\":\"" + event + "\",\"args\":[\"" + escaped + "\"]}")
            .getBytes(StandardCharsets.UTF_8));
  }

  /// Authenticates and waits until that succeeded.
  public void authenticate(String token) throws IOException {
    send("auth", token);
    await("auth success");
  }

  /// Sends one masked frame.
  public void frame(int first, byte[] payload) throws IOException {
    byte[] header;
    int length = payload.length;
    if (length < 126) {
      header = new byte[] {(byte) first, (byte) (MASKED | length)};
    } else if (length < 1 << 16) {
      header =
          new byte[] {(byte) first, (byte) (MASKED | 126), (byte) (length >> 8), (byte) length};
    } else {
      header =
          new byte[] {
            (byte) first,
            (byte) (MASKED | 127),
            0,
            0,
            0,
            0,
            (byte) (length >> 24),
            (byte) (length >> 16),
            (byte) (length >> 8),
            (byte) length
          };
    }
    byte[] frame = new byte[header.length + 4 + length];
    System.arraycopy(header, 0, frame, 0, header.length);
    System.arraycopy(MASK, 0, frame, header.length, 4);
    for (int i = 0; i < length; i++) {
      frame[header.length + 4 + i] = (byte) (payload[i] ^ MASK[i & 3]);
    }
    bytes(frame);
  }

  /// Sends bytes as they are.
  public void bytes(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /// The next frame, waiting for it.
  ///
  /// @throws java.io.EOFException when the connection was ended
  Frames.Frame next() throws IOException {
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    byte[] head;
    int length = second;
    if (second == 126) {
      length = in.readUnsignedShort();
      head = new byte[] {(byte) first, 126, (byte) (length >> 8), (byte) length};
    } else if (second == 127) {
      length = Math.toIntExact(in.readLong());
      head =
          new byte[] {
            (byte) first,
            127,
            0,
            0,
            0,
            0,
            (byte) (length >> 24),
            (byte) (length >> 16),
            (byte) (length >> 8),
            (byte) length
          };
    } else {
      head = new byte[] {(byte) first, (byte) second};
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return Frames.parse(Unpooled.wrappedBuffer(head, payload)).getFirst();
  }

  /// The next message.
  Frames.Message nextMessage() throws IOException {
    while (true) {
      Frames.Frame frame = next();
      if (frame.opcode() < Frames.Frame.CLOSE) {
        return frame.message();
      }
    }
  }

  /// Reads until the first message with this event.
  Frames.Message await(String event) throws IOException {
    while (true) {
      Frames.Message message = nextMessage();
      if (message.event().equals(event)) {
        return message;
      }
    }
  }

  /// Reads to the end of the connection and tells how many bytes came.
  long drain() throws IOException {
    byte[] buffer = new byte[1 << 16];
    long total = 0;
    try {
      int count = in.read(buffer);
      while (count >= 0) {
        total += count;
        count = in.read(buffer);
      }
    } catch (java.net.SocketException reset) {
      return total; // ended hard
    }
    return total;
  }

  /// Counts console messages and messages about gaps until a line contains `last`, without decoding
  /// more than needed.
  public Count countUntil(String last) throws IOException {
    byte[] needle = last.getBytes(StandardCharsets.UTF_8);
    byte[] payload = new byte[1 << 16];
    long lines = 0;
    long gaps = 0;
    while (true) {
      int first = in.readUnsignedByte();
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      if (length > payload.length) {
        payload = new byte[length];
      }
      in.readFully(payload, 0, length);
      if ((first & 15) > 2 || length < 20) {
        continue;
      }
      byte kind = (first & 15) == 1 ? payload[10] : payload[2];
      if (kind == 'd') {
        gaps++;
      } else if (kind == 'c') {
        lines++;
        if (endsWith(payload, length, needle)) {
          return new Count(lines, gaps);
        }
      }
    }
  }

  private static boolean endsWith(byte[] payload, int length, byte[] needle) {
    // `"]}` follows a JSON line
    int end = payload[length - 1] == '}' ? length - 3 : length;
    if (end < needle.length) {
      return false;
    }
    for (int i = 0; i < needle.length; i++) {
      if (payload[end - needle.length + i] != needle[i]) {
        return false;
      }
    }
    return true;
  }

  /// What [#countUntil] saw.
  public record Count(long lines, long gaps) {}

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
