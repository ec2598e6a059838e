package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes status line and headers. The parts that are the same for every answer are kept as bytes,
/// so an ordinary head is a few array copies. Safe for use by many threads.
final class ResponseHead {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final byte[] OK = ascii("HTTP/1.1 200 OK\r\n");
  private static final byte[] JSON =
      ascii("content-type: application/json\r\nvary: Accept\r\ncontent-length: ");
  private static final byte[] MESSAGE_PACK =
      ascii("content-type: application/msgpack\r\nvary: Accept\r\ncontent-length: ");
  private static final byte[] VARY_ORIGIN = ascii("vary: Origin\r\n");
  private static final byte[] CLOSE = ascii("connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
  private static final byte[] CRLF = ascii("\r\n");

  private record Date(long second, byte[] line) {}

  private final InstantSource clock;
  private volatile Date date = new Date(Long.MIN_VALUE, new byte[0]);

  ResponseHead(InstantSource clock) {
    this.clock = clock;
  }

  /// What a head depends on besides the answer itself.
  ///
  /// @param origin `Origin` of the request
  /// @param closing the connection ends after this answer
  /// @param oldKeepAlive an HTTP/1.0 client asked to keep the connection
  /// @param extraLines complete header lines that belong to this answer alone, mostly none
  record Context(
      LiveSettings.Snapshot settings,
      @Nullable String origin,
      boolean closing,
      boolean oldKeepAlive,
      String extraLines) {}

  /// Head of a structured answer, complete.
  void structured(
      ByteBuf out, Context context, int status, Representation representation, int length) {
    common(out, context, status);
    out.writeBytes(
        switch (representation) {
          case JSON -> JSON;
          case MESSAGE_PACK -> MESSAGE_PACK;
        });
    decimal(out, length);
    out.writeBytes(CRLF);
    out.writeBytes(CRLF);
  }

  /// Head of any other answer, complete.
  void other(ByteBuf out, Context context, int status, Map<String, String> headers) {
    common(out, context, status);
    headers.forEach((name, value) -> header(out, name, value));
    out.writeBytes(CRLF);
  }

  private void common(ByteBuf out, Context context, int status) {
    if (status == 200) {
      out.writeBytes(OK);
    } else {
      HttpResponseStatus known = HttpResponseStatus.valueOf(status);
      ByteBufUtil.writeAscii(out, "HTTP/1.1 " + status + " " + known.reasonPhrase() + "\r\n");
    }
    LiveSettings.Snapshot settings = context.settings;
    if (settings.cors().isDefault(context.origin)) {
      out.writeBytes(settings.corsLines());
    } else {
      ByteBufUtil.writeAscii(out, settings.cors().lines(context.origin));
    }
    if (settings.cors().variesByOrigin()) {
      out.writeBytes(VARY_ORIGIN);
    }
    out.writeBytes(dateLine());
    if (context.closing) {
      out.writeBytes(CLOSE);
    } else if (context.oldKeepAlive) {
      out.writeBytes(KEEP_ALIVE);
    }
    if (!context.extraLines.isEmpty()) {
      ByteBufUtil.writeAscii(out, context.extraLines);
    }
  }

  private static void header(ByteBuf out, String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < 0x20 && c != '\t') || c >= 0x7f) {
        throw new IllegalArgumentException("header " + name + " (expected: printable ASCII)");
      }
    }
    ByteBufUtil.writeAscii(out, name);
    out.writeByte(':').writeByte(' ');
    ByteBufUtil.writeAscii(out, value);
    out.writeBytes(CRLF);
  }

  private byte[] dateLine() {
    long second = clock.millis() / 1000;
    Date known = date;
    if (known.second != second) {
      known =
          new Date(second, ascii("date: " + DATE.format(Instant.ofEpochSecond(second)) + "\r\n"));
      date = known;
    }
    return known.line;
  }

  private static void decimal(ByteBuf out, int value) {
    int divisor = 1;
    while (value / divisor >= 10) {
      divisor *= 10;
    }
    for (; divisor > 0; divisor /= 10) {
      out.writeByte('0' + value / divisor % 10);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
