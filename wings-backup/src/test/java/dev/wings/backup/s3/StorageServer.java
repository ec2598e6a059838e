package dev.wings.backup.s3;

import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A storage on the loopback interface that takes parts and gives objects as S3 does: only by URLs
/// whose signature (version 4, in the query) is right and not too old, with an exact length, and
/// with MD5 sums as entity tags. It fails on request.
final class StorageServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
  private static final int STEP = 256 << 10;

  private final Path directory;
  private final InstantSource clock;
  private final boolean checksums;
  private final ServerSocket server;
  private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
  private final AtomicInteger lastUpload = new AtomicInteger();
  private final CopyOnWriteArrayList<Request> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostUnderWay = new AtomicInteger();
  private volatile Faults faults = _ -> Fault.NONE;

  private record Upload(String key, Map<Integer, Part> parts) {}

  private record Part(String etag, long size, Path file) {}

  /// @param part 0 for anything but parts
  record Request(String method, String key, int part, Map<String, String> headers) {}

  /// Decides what goes wrong with a request.
  @FunctionalInterface
  interface Faults {
    Fault of(Request request);
  }

  /// What goes wrong.
  sealed interface Fault {
    Fault NONE = new None();

    record None() implements Fault {}

    /// The whole request is read, then this status comes.
    record Status(int status, String code) implements Fault {}

    /// The status comes at once, and the connection is closed without reading the body.
    record Early(int status, String code) implements Fault {}

    /// The connection ends after so many bytes of the body, in whichever direction that goes.
    record Cut(long bytes) implements Fault {}

    /// Runs this before the request is dealt with.
    record Before(Runnable action) implements Fault {}
  }

  /// @param directory for objects and parts, empty
  /// @param checksums whether parts get their MD5 sum for a tag; without it they are taken faster
  StorageServer(Path directory, InstantSource clock, boolean checksums) throws IOException {
    this.directory = directory;
    this.clock = clock;
    this.checksums = checksums;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("storage").start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  void fail(Faults next) {
    faults = next;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  /// Most parts that came in at the same time.
  int mostUnderWay() {
    return mostUnderWay.get();
  }

  // what the Panel does with its own credentials

  String beginUpload(String key) {
    String id = "upload-" + lastUpload.incrementAndGet();
    uploads.put(id, new Upload(key, new ConcurrentHashMap<>()));
    return id;
  }

  String partUrl(String upload, int number, Duration valid) {
    String key = requireNonNull(uploads.get(upload)).key();
    return SignedUrl.of(
        "PUT",
        host(),
        "/bucket/" + key,
        Map.of("partNumber", Integer.toString(number), "uploadId", upload),
        clock.instant(),
        valid);
  }

  String objectUrl(String key, Duration valid) {
    return SignedUrl.of("GET", host(), "/bucket/" + key, Map.of(), clock.instant(), valid);
  }

  /// Puts an object together.
  ///
  /// @throws IllegalArgumentException as S3 refuses it
  void complete(String upload, List<Map.Entry<Integer, String>> parts) throws IOException {
    Upload found = uploads.get(upload);
    if (found == null) {
      throw new IllegalArgumentException("NoSuchUpload");
    }
    int before = 0;
    Path object = object(found.key());
    try (OutputStream out = Files.newOutputStream(object)) {
      for (Map.Entry<Integer, String> part : parts) {
        if (part.getKey() <= before) {
          throw new IllegalArgumentException("InvalidPartOrder");
        }
        before = part.getKey();
        Part stored = found.parts().get(part.getKey());
        if (stored == null || !stored.etag().equals(part.getValue())) {
          throw new IllegalArgumentException("InvalidPart " + part);
        }
        Files.copy(stored.file(), out);
      }
    }
    abort(upload);
  }

  void abort(String upload) throws IOException {
    Upload found = uploads.remove(upload);
    if (found != null) {
      for (Part part : found.parts().values()) {
        Files.deleteIfExists(part.file());
      }
    }
  }

  /// Uploads that were neither completed nor aborted.
  List<String> openUploads() {
    return List.copyOf(uploads.keySet());
  }

  Path object(String key) {
    return directory.resolve("object-" + key.replace('/', '_'));
  }

  // what clients see

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().name("storage-connection").start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        InputStream in = new BufferedInputStream(socket.getInputStream(), STEP)) {
      socket.setTcpNoDelay(true);
      while (handle(in, socket.getOutputStream())) {
        // as long as the connection is kept
      }
    } catch (IOException gone) {
      // the client has hung up
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private boolean handle(InputStream in, OutputStream out) throws IOException {
    String[] first = line(in).split(" ");
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
    }
    String[] target = first[1].split("\\?", 2);
    Map<String, String> query = query(target.length > 1 ? target[1] : "");
    int part = Integer.parseInt(query.getOrDefault("partNumber", "0"));
    Request request =
        new Request(first[0], target[0].substring("/bucket/".length()), part, headers);
    requests.add(request);
    Fault fault = faults.of(request);
    if (fault instanceof Fault.Before before) {
      before.action().run();
    }
    if (fault instanceof Fault.Early early) {
      answer(out, early.status(), error(early.code()), "");
      return false;
    }
    String refusal =
        SignedUrl.refusal(
            first[0], headers.getOrDefault("host", ""), target[0], query, clock.instant());
    boolean put = first[0].equals("PUT");
    if (put && !headers.containsKey("content-length")) {
      answer(out, 411, error("MissingContentLength"), "");
      return false;
    }
    if (put) {
      return take(in, out, request, query, fault, refusal);
    }
    if (!refusal.isEmpty()) {
      answer(out, 403, error(refusal), "");
    } else if (fault instanceof Fault.Status status) {
      answer(out, status.status(), error(status.code()), "");
    } else {
      give(out, request, fault);
    }
    return false;
  }

  private static Map<String, String> query(String text) {
    Map<String, String> query = new TreeMap<>();
    for (String pair : text.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        query.put(
            URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  private boolean take(
      InputStream in,
      OutputStream out,
      Request request,
      Map<String, String> query,
      Fault fault,
      String refusal)
      throws IOException {
    long length = Long.parseLong(request.headers().getOrDefault("content-length", "0"));
    Path file = Files.createTempFile(directory, "part-", "");
    MessageDigest md5 = md5();
    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    try (OutputStream store = Files.newOutputStream(file)) {
      byte[] buffer = new byte[STEP];
      for (long left = length; left > 0; ) {
        if (fault instanceof Fault.Cut cut && length - left >= cut.bytes()) {
          return false;
        }
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          throw new EOFException();
        }
        if (checksums) {
          md5.update(buffer, 0, count);
        }
        store.write(buffer, 0, count);
        left -= count;
      }
    } finally {
      underWay.decrementAndGet();
    }
    if (fault instanceof Fault.Cut) {
      return false;
    }
    if (fault instanceof Fault.Status status) {
      return answer(out, status.status(), error(status.code()), "");
    }
    if (!refusal.isEmpty()) {
      return answer(out, 403, error(refusal), "");
    }
    Upload upload = uploads.get(query.getOrDefault("uploadId", ""));
    if (upload == null || !upload.key().equals(request.key())) {
      return answer(out, 404, error("NoSuchUpload"), "");
    }
    String etag = "\"" + HexFormat.of().formatHex(md5.digest()) + "\"";
    Part before = upload.parts().put(request.part(), new Part(etag, length, file));
    if (before != null) {
      Files.deleteIfExists(before.file());
    }
    return answer(out, 200, "", "ETag: " + etag + "\r\n");
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private void give(OutputStream out, Request request, Fault fault) throws IOException {
    Path object = object(request.key());
    if (!Files.exists(object)) {
      answer(out, 404, error("NoSuchKey"), "");
      return;
    }
    long size = Files.size(object);
    Optional<Matcher> range =
        Optional.ofNullable(request.headers().get("range"))
            .map(RANGE::matcher)
            .filter(Matcher::matches);
    long from = range.map(r -> Long.parseLong(r.group(1))).orElse(0L);
    String head =
        (range.isPresent()
                ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\n"
                    .formatted(from, size - 1, size)
                : "HTTP/1.1 200 OK\r\n")
            + "ETag: \"%d-%s\"\r\n".formatted(size, Files.getLastModifiedTime(object).toMillis())
            + "Content-Length: %d\r\nConnection: close\r\n\r\n".formatted(size - from);
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    long most = fault instanceof Fault.Cut cut ? cut.bytes() : Long.MAX_VALUE;
    try (InputStream in = Files.newInputStream(object)) {
      in.skipNBytes(from);
      byte[] buffer = new byte[STEP];
      long sent = 0;
      while (sent < most) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, most - sent));
        if (count < 0) {
          break;
        }
        out.write(buffer, 0, count);
        sent += count;
      }
    }
    out.flush();
  }

  private static String error(String code) {
    return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>";
  }

  private static boolean answer(OutputStream out, int status, String body, String headers)
      throws IOException {
    String head =
        "HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(status, headers, body.getBytes(StandardCharsets.UTF_8).length);
    out.write((head + body).getBytes(StandardCharsets.UTF_8));
    out.flush();
    return true;
  }

  /// Part numbers of all requests that brought parts, in their order.
  List<Integer> partsSent() {
    List<Integer> parts = new ArrayList<>();
    requests.forEach(request -> {
      if (request.part() > 0) {
        parts.add(request.part());
      }
    });
    return parts;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
