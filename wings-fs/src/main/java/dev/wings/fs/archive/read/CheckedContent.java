package dev.wings.fs.archive.read;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/// A content that must have the size and checksum that its archive announced.
final class CheckedContent extends FilterInputStream {
  private final String name;
  private final long size;
  private final long expected;
  private final CRC32 crc = new CRC32();
  private long count;

  CheckedContent(InputStream content, String name, long size, long crc) {
    super(content);
    this.name = name;
    this.size = size;
    this.expected = crc;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    if (read > 0) {
      crc.update(target, offset, read);
      count += read;
    }
    if (count > size || (read < 0 && count < size)) {
      throw new ArchiveException(
          "'%s' is not as large as the archive says (%d bytes)".formatted(name, size));
    }
    if (read < 0 && crc.getValue() != expected) {
      throw new ArchiveException("'%s' is damaged: wrong checksum".formatted(name));
    }
    return read;
  }

  @Override
  public long skip(long most) throws IOException {
    byte[] sink = new byte[(int) Math.min(8192, Math.max(0, most))];
    return sink.length == 0 ? 0 : Math.max(0, read(sink, 0, sink.length));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
