package dev.wings.fs.pull;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// An answer whose headers are there and whose body has not been read yet. To be closed, which ends
/// the connection; may be closed by any thread.
public final class FetchResponse implements Closeable {
  private final Wire wire;
  private final Target target;
  private final ResponseHead head;
  private final Body body;

  FetchResponse(Wire wire, Target target, ResponseHead head) throws FetchException {
    this.wire = wire;
    this.target = target;
    this.head = head;
    this.body = Body.of(wire, head);
  }

  public int status() {
    return head.status();
  }

  public boolean successful() {
    return head.status() >= 200 && head.status() < 300;
  }

  /// The URL that answered, after all redirects, in its normal form.
  public String finalUrl() {
    return target.toString();
  }

  /// Its path, percent-encoded.
  String finalPath() {
    return target.path();
  }

  /// First value of a header.
  ///
  /// @param name lower case
  public Optional<String> header(String name) {
    return head.first(name);
  }

  /// All headers by their lower-case names; several values of one are joined by commas.
  public Map<String, String> headers() {
    Map<String, String> all = new LinkedHashMap<>();
    head.headers().forEach(h -> all.merge(h.name(), h.value(), (a, b) -> a + ", " + b));
    return all;
  }

  /// Announced bytes of the body, empty when they are not known.
  public OptionalLong contentLength() throws FetchException {
    return head.chunked() ? OptionalLong.empty() : head.contentLength();
  }

  /// The body as it is on the wire, never decompressed. Reading throws [FetchException] when the
  /// server is silent for too long, or ends before it has sent everything.
  public InputStream body() {
    return body;
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
