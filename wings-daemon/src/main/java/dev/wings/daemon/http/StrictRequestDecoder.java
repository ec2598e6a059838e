package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's request decoder with what it still tolerates taken away, and with a brake.
///
/// Netty itself refuses bare line feeds, white space before a colon, conflicting or repeated
/// lengths, a length beside chunking and malformed chunk lines. It accepts folded header lines,
/// several blanks or tabs in the request line, empty lines before it and control characters inside:
/// front ends disagree about those, which is what request smuggling lives on (`threats.md` DS-07).
/// So the bytes of each head are checked here before Netty parses them.
///
/// The brake: [#pause] stops after the request just emitted until [#resume], so that pipelined
/// requests wait inside the buffer and answers keep their order. Bytes that arrive meanwhile are
/// bounded by switching automatic reading off.
final class StrictRequestDecoder extends HttpRequestDecoder {
  private static final int PAUSED_BYTES_MAX = 64 << 10;

  private final Runnable headBegun;

  private boolean inHead = true;
  private boolean headChecked;
  private boolean begun;
  private boolean paused;
  private boolean broken;

  // Progress of the check within the head that is being received.
  private int checkedAhead; // bytes after the reader index that were seen already
  private int lineLength;
  private int blanksInRequestLine;
  private boolean requestLineDone;
  private boolean afterCarriageReturn;
  private byte previous;

  /// @param headBegun called when a head has begun to arrive but is not complete yet
  StrictRequestDecoder(HttpLimits limits, Runnable headBegun) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headerBytes())
            .setMaxChunkSize(1 << 20)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true)
            .setAllowDuplicateContentLengths(false)
            .setInitialBufferSize(256));
    this.headBegun = headBegun;
  }

  void pause() {
    paused = true;
  }

  /// Goes on with what is buffered, then reads again. Only on the event loop.
  void resume(ChannelHandlerContext decoderContext) throws Exception {
    if (!paused) {
      return;
    }
    paused = false;
    if (!decoderContext.channel().config().isAutoRead()) {
      decoderContext.channel().config().setAutoRead(true);
    }
    if (actualReadableBytes() > 0) {
      channelRead(decoderContext, Unpooled.EMPTY_BUFFER);
      channelReadComplete(decoderContext);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) throws Exception {
    super.channelRead(context, input);
    if (paused && actualReadableBytes() > PAUSED_BYTES_MAX) {
      context.channel().config().setAutoRead(false);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (paused) {
      return;
    }
    if (inHead && !headChecked) {
      String violation = check(in);
      if (violation != null) {
        refuse(violation, in, out);
        return;
      }
    }
    int before = in.readerIndex();
    int messages = out.size();
    super.decode(context, in, out);
    if (inHead) {
      if (out.size() == messages) {
        checkedAhead -= in.readerIndex() - before;
        if (!begun) {
          begun = true;
          headBegun.run();
        }
        return;
      }
      inHead = false;
    }
    if (out.size() > messages && out.get(out.size() - 1) instanceof LastHttpContent) {
      nextHead();
    }
  }

  private void nextHead() {
    inHead = true;
    headChecked = false;
    begun = false;
    checkedAhead = 0;
    lineLength = 0;
    blanksInRequestLine = 0;
    requestLineDone = false;
    afterCarriageReturn = false;
    previous = 0;
  }

  private void refuse(String violation, ByteBuf in, List<Object> out) {
    broken = true;
    in.skipBytes(in.readableBytes());
    HttpRequest refused =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request");
    refused.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(violation)));
    out.add(refused);
  }

  /// Looks at the bytes that arrived since the last call, up to the empty line that ends the head.
  /// Returns what is wrong with them, or null.
  private @Nullable String check(ByteBuf in) {
    int index = in.readerIndex() + checkedAhead;
    int end = in.writerIndex();
    while (index < end) {
      byte c = in.getByte(index++);
      if (afterCarriageReturn) {
        if (c != '\n') {
          return "carriage return without line feed";
        }
        afterCarriageReturn = false;
        if (lineLength == 0) {
          if (!requestLineDone) {
            return "empty line before the request";
          }
          headChecked = true;
          return null;
        }
        if (!requestLineDone) {
          requestLineDone = true;
          if (blanksInRequestLine != 2) {
            return "malformed request line";
          }
        }
        lineLength = 0;
      } else if (c == '\r') {
        afterCarriageReturn = true;
      } else if (c == ' ' || c == '\t') {
        if (lineLength == 0) {
          return requestLineDone ? "folded header line" : "white space before the request";
        }
        if (!requestLineDone) {
          if (c == '\t' || previous == ' ') {
            return "malformed request line";
          }
          blanksInRequestLine++;
        }
        lineLength++;
      } else if ((c >= 0 && c < ' ') || c == 0x7f) {
        return c == '\n' ? "line feed without carriage return" : "control character in the head";
      } else {
        lineLength++;
      }
      previous = c;
    }
    checkedAhead = end - in.readerIndex();
    return null;
  }
}
