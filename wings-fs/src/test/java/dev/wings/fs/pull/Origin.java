package dev.wings.fs.pull;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// A remote server on loopback that answers byte by byte as a test says, also what no real server
/// would.
final class Origin implements Closeable {
  private final ServerSocket listener;
  private final Handler handler;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong written = new AtomicLong();

  /// Answers one connection; what it throws is the client's doing.
  @FunctionalInterface
  interface Handler {
    void answer(String path, Reply reply) throws IOException, InterruptedException;
  }

  /// The way back to the client.
  final class Reply {
    private final OutputStream out;

    private Reply(OutputStream out) {
      this.out = out;
    }

    Reply send(String text) throws IOException {
      return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Reply send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
      written.addAndGet(bytes.length);
      return this;
    }

    /// A whole answer with a length.
    void ok(String body, String... headers) throws IOException {
      send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n");
      for (String header : headers) {
        send(header + "\r\n");
      }
      send("\r\n" + body);
    }

    void redirect(int status, String location) throws IOException {
      send("HTTP/1.1 " + status + " x\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n");
    }
  }

  Origin(Handler handler) throws IOException {
    this.handler = handler;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("origin").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// Heads of the requests so far.
  List<String> requests() {
    return requests;
  }

  /// Value of a header of a request.
  static String header(String request, String name) {
    return request
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ": "))
        .findFirst()
        .map(line -> line.substring(name.length() + 2))
        .orElse("");
  }

  /// Bytes that clients' systems took.
  long written() {
    return written.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
      StringBuilder head = new StringBuilder();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.append(line).append('\n');
      }
      requests.add(head.toString());
      String[] first = head.toString().split(" ");
      handler.answer(first.length > 1 ? first[1] : "", new Reply(client.getOutputStream()));
    } catch (IOException | InterruptedException gone) {
      return;
    } finally {
      open.remove(client);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
