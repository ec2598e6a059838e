package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the record headers in front of the TLS engine (`threats.md` TL-02): a handshake may
/// take [#HANDSHAKE_BYTES] at most, and once it is over no further handshake record is let through.
/// In TLS 1.3 those travel as application data; in TLS 1.2 one from the client would be the attempt
/// to renegotiate, which the JDK's engine would go along with.
final class TlsRecordGuard extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(TlsRecordGuard.class);
  private static final int HANDSHAKE_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 5;
  private static final int TYPE_HANDSHAKE = 22;

  private final SslHandler tls;
  private long received;
  private int headerBytes;
  private int type;
  private int length;
  private int left;

  TlsRecordGuard(SslHandler tls) {
    this.tls = tls;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes && !admits(bytes)) {
      ReferenceCountUtil.release(message);
      log.atDebug().log("renegotiation or oversized handshake refused");
      context.close();
      return;
    }
    context.fireChannelRead(message);
  }

  private boolean admits(ByteBuf bytes) {
    boolean established = tls.handshakeFuture().isSuccess();
    received += bytes.readableBytes();
    if (!established && received > HANDSHAKE_BYTES) {
      return false;
    }
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (index < end) {
      if (left > 0) {
        int part = Math.min(left, end - index);
        left -= part;
        index += part;
        continue;
      }
      int value = bytes.getUnsignedByte(index++);
      if (headerBytes == 0) {
        type = value;
      } else if (headerBytes == 3) {
        length = value << 8;
      } else if (headerBytes == 4) {
        length |= value;
      }
      if (++headerBytes == HEADER_BYTES) {
        headerBytes = 0;
        left = length;
        if (established && type == TYPE_HANDSHAKE) {
          return false;
        }
      }
    }
    return true;
  }
}
