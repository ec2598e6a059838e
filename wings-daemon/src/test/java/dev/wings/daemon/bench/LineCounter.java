package dev.wings.daemon.bench;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/// A console client that costs little: it reads frames as fast as they come and looks at console
/// lines only as far as needed to count them and to check their order. Lines of the demo game's
/// `flood` and `rate` are plain numbers.
final class LineCounter implements AutoCloseable {
  private static final byte[] CONSOLE =
      "{\"event\":\"console output\",\"args\":[\"".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final AtomicLong lines = new AtomicLong();
  private final AtomicLong gaps = new AtomicLong();
  private final AtomicLong disorder = new AtomicLong();
  private volatile long last;
  private volatile long lastNumber;
  private volatile String waitFor = "\u0000";
  private volatile long seenAtNanos;

  LineCounter(int port, String path, String token) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setReceiveBufferSize(1 << 20);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    out = socket.getOutputStream();
    out.write(
        ("GET "
                + path
                + " HTTP/1.1\r\n"
                + "Host: 127.0.0.1\r\n"
                + "Upgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 18));
    readHeaders(in);
    Thread.ofPlatform().daemon().name("line-counter").start(() -> read(in));
    send("auth", token);
  }

  private static void readHeaders(DataInputStream in) throws IOException {
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      headers.append((char) in.readUnsignedByte());
    }
    if (headers.indexOf(" 101 ") < 0) {
      throw new IOException("no websocket: " + headers);
    }
  }

  synchronized void send(String event, String argument) throws IOException {
    byte[] payload =
        ("{\"event\":\"" + event + "\",\"args\":[\"" + argument + "\"]}")
            .getBytes(StandardCharsets.UTF_8);
    byte[] frame = new byte[payload.length + 14];
    int n = 0;
    frame[n++] = (byte) 0x81;
    if (payload.length < 126) {
      frame[n++] = (byte) (0x80 | payload.length);
    } else {
      frame[n++] = (byte) (0x80 | 126);
      frame[n++] = (byte) (payload.length >> 8);
      frame[n++] = (byte) payload.length;
    }
    int mask = ThreadLocalRandom.current().nextInt();
    for (int shift = 24; shift >= 0; shift -= 8) {
      frame[n++] = (byte) (mask >> shift);
    }
    for (int i = 0; i < payload.length; i++) {
      frame[n++] = (byte) (payload[i] ^ (mask >> (24 - 8 * (i & 3))));
    }
    out.write(frame, 0, n);
  }

  private void read(DataInputStream in) {
    byte[] payload = new byte[1 << 16];
    try {
      while (true) {
        int opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte() & 0x7f;
        length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
        if (length > payload.length) {
          payload = new byte[(int) length];
        }
        in.readFully(payload, 0, (int) length);
        if (opcode == 1) {
          take(payload, (int) length);
        }
      }
    } catch (IOException closed) {
      last = System.nanoTime();
    }
  }

  private void take(byte[] payload, int length) {
    if (startsWith(payload, length, CONSOLE)) {
      lines.incrementAndGet();
      long number = 0;
      int i = CONSOLE.length;
      while (i < length && payload[i] >= '0' && payload[i] <= '9') {
        number = number * 10 + payload[i++] - '0';
      }
      if (i > CONSOLE.length && payload[i] == '"') {
        if (number <= lastNumber && number != 1) {
          disorder.incrementAndGet();
        }
        lastNumber = number;
      }
      last = System.nanoTime();
    }
    String wanted = waitFor;
    if (wanted.length() > 1 || lines.get() < 1000) {
      String text = new String(payload, 0, length, StandardCharsets.UTF_8);
      if (text.contains("skipped")) {
        gaps.incrementAndGet();
      }
      if (text.contains(wanted)) {
        seenAtNanos = last = System.nanoTime();
        waitFor = "\u0000";
      }
    }
  }

  private static boolean startsWith(byte[] payload, int length, byte[] prefix) {
    if (length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (payload[i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /// Waits for a message that contains the text; returns when it was seen, in nanoseconds of the
  /// monotonic clock.
  long await(String text, Runnable trigger) {
    seenAtNanos = 0;
    waitFor = text;
    trigger.run();
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (seenAtNanos == 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("never seen: " + text);
      }
      Thread.onSpinWait();
    }
    return seenAtNanos;
  }

  long lines() {
    return lines.get();
  }

  long lastNumber() {
    return lastNumber;
  }

  long lastNanos() {
    return last;
  }

  long disorder() {
    return disorder.get();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
