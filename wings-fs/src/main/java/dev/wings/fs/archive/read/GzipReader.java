package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A gzip file of any number of members (RFC 1952). Optional parts of headers are skipped without
/// being kept. Bytes after the last member that are not another one are ignored, as gzip does.
final class GzipReader extends InputStream {
  private static final int MAGIC = 0x8b1f;
  private static final int DEFLATE = 8;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final BufferedInput in;
  private final Inflater inflater = new Inflater(/* nowrap= */ true);
  private final CRC32 crc = new CRC32();
  private boolean ended;

  /// @param in closed with this stream
  GzipReader(BufferedInput in) throws IOException {
    this.in = in;
    boolean done = false;
    try {
      if (in.readLittleEndian(2) != MAGIC) {
        throw new ArchiveException("not a gzip file");
      }
      skipHeader();
      done = true;
    } finally {
      if (!done) {
        inflater.end();
      }
    }
  }

  /// What follows the magic.
  private void skipHeader() throws IOException {
    int method = in.readByte();
    int flags = in.readByte();
    if (method != DEFLATE || (flags & RESERVED) != 0) {
      throw new ArchiveException("damaged gzip header");
    }
    in.readLittleEndian(6); // time, extra flags, system
    if ((flags & EXTRA) != 0) {
      for (long left = in.readLittleEndian(2); left > 0; left--) {
        in.readByte();
      }
    }
    if ((flags & NAME) != 0) {
      skipString();
    }
    if ((flags & COMMENT) != 0) {
      skipString();
    }
    if ((flags & HEADER_CRC) != 0) {
      in.readLittleEndian(2);
    }
  }

  private void skipString() throws IOException {
    while (in.readByte() != 0) {
      // nothing is kept
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      try {
        int count = inflater.inflate(target, offset, length);
        if (count > 0) {
          crc.update(target, offset, count);
          return count;
        }
      } catch (DataFormatException e) {
        throw new ArchiveException("damaged gzip data", e);
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw new ArchiveException("damaged gzip data");
      } else if (!in.fill()) {
        throw new ArchiveException("the gzip file is truncated");
      } else {
        inflater.setInput(in.buffer(), in.position(), in.remaining());
        in.takeAll();
      }
    }
    return -1;
  }

  private void endMember() throws IOException {
    in.giveBack(inflater.getRemaining());
    long expected = in.readLittleEndian(4);
    long size = in.readLittleEndian(4);
    if (expected != crc.getValue() || size != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw new ArchiveException("the gzip file is damaged: wrong checksum");
    }
    int next = in.read();
    while (next == 0) {
      next = in.read(); // padding of tapes
    }
    if (next != (MAGIC & 0xff) || in.read() != MAGIC >> 8) {
      ended = true;
      return;
    }
    skipHeader();
    inflater.reset();
    crc.reset();
  }

  @Override
  public void close() throws IOException {
    ended = true;
    inflater.end();
    in.close();
  }
}
