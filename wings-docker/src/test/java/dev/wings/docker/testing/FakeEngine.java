package dev.wings.docker.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/// A scripted engine on a Unix socket. Without a script it answers `/version` as Docker 20.10 does
/// and everything else with 404. Routes added later win.
public final class FakeEngine implements AutoCloseable {
  /// One request as it came in; the query is decoded.
  public record Request(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      String body) {}

  /// Answers one request.
  @FunctionalInterface
  public interface Handler {
    void answer(Request request, Response response) throws IOException, InterruptedException;
  }

  /// The answer to one request.
  public final class Response {
    private final InputStream in;
    private final OutputStream out;

    private Response(InputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    public void json(int status, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      raw(
          "HTTP/1.1 "
              + status
              + " X\r\nContent-Type: application/json\r\nContent-Length: "
              + bytes.length
              + "\r\n\r\n");
      out.write(bytes);
      out.flush();
    }

    public void raw(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    public void startChunks() throws IOException {
      raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    public void chunk(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      raw(Integer.toHexString(bytes.length) + "\r\n");
      out.write(bytes);
      raw("\r\n");
    }

    public void endChunks() throws IOException {
      raw("0\r\n\r\n");
    }

    /// Turns the connection into a raw one.
    public void upgrade() throws IOException {
      raw("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    }

    public OutputStream out() {
      return out;
    }

    public InputStream in() {
      return in;
    }

    /// Answers nothing until the fake is closed.
    public void hang() throws InterruptedException {
      closed.await();
    }
  }

  private record Route(Pattern pattern, Handler handler) {}

  private final ServerSocketChannel server;
  private final Path socket;
  private final List<Route> routes = new CopyOnWriteArrayList<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final java.util.Set<Closeable> connections = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  public FakeEngine(Path directory) throws IOException {
    socket = directory.resolve("engine-" + System.nanoTime() + ".sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    on(
        "GET /version",
        (_, response) ->
            response.json(
                200,
                "{\"ApiVersion\":\"1.41\",\"Version\":\"20.10.24\",\"Os\":\"linux\",\"Arch\":\"amd64\",\"KernelVersion\":\"6.1\",\"Components\":[{\"Name\":\"Engine\"}]}"));
    Thread.ofVirtual().name("fake-engine").start(this::accept);
  }

  public Path socket() {
    return socket;
  }

  /// @param pattern regular expression over `METHOD /path` without version and query
  public FakeEngine on(String pattern, Handler handler) {
    routes.add(0, new Route(Pattern.compile(pattern), handler));
    return this;
  }

  public List<Request> requests(String pattern) {
    return requests.stream().filter(r -> (r.method() + " " + r.path()).matches(pattern)).toList();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        connections.add(channel);
        Thread.ofVirtual().name("fake-engine-call").start(() -> serve(channel));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
      Request request = read(in);
      requests.add(request);
      String line = request.method() + " " + request.path();
      Response response = new Response(in, Channels.newOutputStream(channel));
      for (Route route : routes) {
        if (route.pattern().matcher(line).matches()) {
          route.handler().answer(request, response);
          return;
        }
      }
      response.json(404, "{\"message\":\"no such thing\"}");
    } catch (IOException e) {
      // the client left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(channel);
    }
  }

  private static Request read(InputStream in) throws IOException {
    String[] first = line(in).split(" ");
    Map<String, String> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    URI uri = URI.create(first[1]);
    Map<String, String> query = new HashMap<>();
    String raw = uri.getRawQuery();
    if (raw != null) {
      for (String pair : raw.split("&")) {
        int equals = pair.indexOf('=');
        query.put(
            pair.substring(0, equals),
            java.net.URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return new Request(
        first[0],
        uri.getPath().replaceFirst("^/v\\d+\\.\\d+", ""),
        query,
        headers,
        new String(body, StandardCharsets.UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException();
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /// Cuts every open connection, as a killed engine does.
  public void cutConnections() {
    for (Closeable connection : connections) {
      try {
        connection.close();
      } catch (IOException e) {
        // already gone
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    cutConnections();
    java.nio.file.Files.deleteIfExists(socket);
  }
}
