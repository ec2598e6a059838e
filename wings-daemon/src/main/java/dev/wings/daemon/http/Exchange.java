package dev.wings.daemon.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One request and what became of it so far. Changed on the event loop only; what the request's own
/// thread reads is set before that thread starts.
final class Exchange {
  final String method;
  final String target;
  final HttpHeaders headers;
  final long startNanos;
  final boolean oldProtocol;
  final boolean bodyExpected;
  final boolean continueExpected;
  final LiveSettings.Snapshot settings;

  @Nullable RequestTarget parsed;
  @Nullable Route route;
  @Nullable Request request;

  /// The client wants the connection to stay, and nothing speaks against it.
  boolean keepAlive;

  /// Decided before the body was complete.
  @Nullable Response early;

  /// Header lines that belong to this answer alone.
  String extraLines = "";

  /// Content of a structured body.
  @Nullable ByteArrayOutputStream buffer;

  /// Bytes of the body that count against the budget; given back by whichever thread is last.
  final AtomicLong heldBytes = new AtomicLong();

  @Nullable RequestBodyStream stream;
  long received;
  volatile boolean complete;
  boolean answered;

  Exchange(HttpRequest request, LiveSettings.Snapshot settings, long startNanos) {
    this.method = request.method().name();
    this.target = request.uri();
    this.headers = request.headers();
    this.settings = settings;
    this.startNanos = startNanos;
    this.keepAlive = HttpUtil.isKeepAlive(request);
    this.oldProtocol = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    this.bodyExpected =
        HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    this.continueExpected = HttpUtil.is100ContinueExpected(request);
  }

  boolean headOnly() {
    return method.equals("HEAD");
  }

  /// Where an error of this exchange is written to the log.
  String name() {
    return route == null ? RequestLog.printable(method) : route.toString();
  }

  /// Length of the body as announced, -1 when it comes in chunks.
  long declaredLength() {
    String value = headers.get("content-length");
    return value == null ? -1 : Long.parseLong(value.trim());
  }

  Representation representation() {
    return Representation.negotiate(headers.get("accept"));
  }

  /// Whether the connection ends with this answer.
  boolean closesConnection() {
    return !keepAlive || !complete;
  }

  ResponseHead.Context headContext(boolean closing) {
    return new ResponseHead.Context(
        settings, headers.get("origin"), closing, oldProtocol && !closing, extraLines);
  }
}
