package dev.wings.docker.internal.engine;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Carries docker-java's commands over an [EngineClient]: each with a connection of its own, below
/// the negotiated API version, answered in full within one time limit. Failures leave as
/// [EngineException] and never reach the library's own mapping of statuses.
///
/// Only complete answers: what streams (attach, logs, wait, pull, statistics) goes to
/// [EngineClient] directly, because the library reads streams on a platform thread each.
final class EngineTransport implements DockerHttpClient {
  private final EngineClient engine;
  private final Duration limit;

  EngineTransport(EngineClient engine, Duration limit) {
    this.engine = engine;
    this.limit = limit;
  }

  @Override
  public Response execute(Request request) {
    byte[] body = request.bodyBytes();
    if (request.hijackedInput() != null || (body == null && request.body() != null)) {
      throw new UnsupportedOperationException(
          request.method() + " " + request.path() + ": streams are not carried here");
    }
    return new Complete(
        engine.answer(
            new EngineRequest(
                request.method(), request.path(), Map.of(), headers(request.headers()), body),
            limit));
  }

  /// Without the content type, which the library also sends when there is no content.
  private static Map<String, String> headers(Map<String, String> headers) {
    Map<String, String> kept = new LinkedHashMap<>(headers);
    kept.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).equals("content-type"));
    return kept;
  }

  /// Nothing to release: each call opens and closes its own connection.
  @Override
  public void close() {}

  /// An answer that is no refusal. "Not modified" (a container that already runs) is one of them:
  /// what was asked for is the case.
  @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
  private record Complete(byte[] body) implements Response {
    @Override
    public int getStatusCode() {
      return 200;
    }

    @Override
    public Map<String, List<String>> getHeaders() {
      return Map.of();
    }

    @Override
    public InputStream getBody() {
      return new ByteArrayInputStream(body);
    }

    @Override
    public void close() {}
  }
}
