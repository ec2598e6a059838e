package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.LZMAInputStream;

/// A lzip file of any number of members: an LZMA stream with fixed properties between a short
/// header and a trailer of checksum and sizes. Bytes after the last member that are not another one
/// are ignored, as lzip does.
final class LzipReader extends InputStream {
  private static final long MAGIC = 0x50495a4cL; // "LZIP"
  private static final byte PROPERTIES = 93; // lc 3, lp 0, pb 2
  private static final int LEAST_DICTIONARY_BITS = 12;
  private static final int MOST_DICTIONARY_BITS = 29;
  private static final int HEADER_AND_TRAILER_BYTES = 26;

  private final BufferedInput in;
  private final CountedInput counted;
  private final long memoryBytes;
  private final CRC32 crc = new CRC32();

  /// A dictionary for each of many members would be made and cleared for nothing.
  private final ArrayCache arrays = new BasicArrayCache();

  private @Nullable LZMAInputStream member;
  private long memberBytes;

  /// Counts what the decoder takes, which never reads ahead.
  private static final class CountedInput extends InputStream {
    private final BufferedInput in;
    private long count;

    CountedInput(BufferedInput in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      if (value >= 0) {
        count++;
      }
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = in.read(target, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  /// @param in closed with this stream
  /// @param memoryBytes most that a dictionary may take
  LzipReader(BufferedInput in, long memoryBytes) throws IOException {
    this.in = in;
    this.counted = new CountedInput(in);
    this.memoryBytes = memoryBytes;
    if (in.readLittleEndian(4) != MAGIC) {
      throw new ArchiveException("not a lzip file");
    }
    startMember();
  }

  private void startMember() throws IOException {
    int version = in.readByte();
    if (version != 1) {
      throw new ArchiveException("lzip version " + version + " is not supported");
    }
    int coded = in.readByte();
    int bits = coded & 0x1f;
    if (bits < LEAST_DICTIONARY_BITS || bits > MOST_DICTIONARY_BITS) {
      throw new ArchiveException("damaged lzip header");
    }
    int dictionary = (1 << bits) - (1 << bits) / 16 * (coded >> 5 & 7);
    if (dictionary > memoryBytes) {
      throw Decompressor.tooMuchMemory("lzip", dictionary, memoryBytes);
    }
    counted.count = 0;
    memberBytes = 0;
    crc.reset();
    member = new LZMAInputStream(counted, -1, PROPERTIES, dictionary, null, arrays);
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
    while (member != null) {
      int count = member.read(target, offset, length);
      if (count > 0) {
        crc.update(target, offset, count);
        memberBytes += count;
        return count;
      }
      endMember();
    }
    return -1;
  }

  private void endMember() throws IOException {
    member = null;
    long stream = counted.count;
    long checksum = in.readLittleEndian(4);
    long size = in.readLittleEndian(8);
    long whole = in.readLittleEndian(8);
    if (checksum != crc.getValue()
        || size != memberBytes
        || whole != stream + HEADER_AND_TRAILER_BYTES) {
      throw new ArchiveException("the lzip file is damaged: wrong checksum or size");
    }
    for (int i = 0; i < 4; i++) {
      if (in.read() != (int) (MAGIC >> (8 * i) & 0xff)) {
        return;
      }
    }
    startMember();
  }

  @Override
  public void close() throws IOException {
    member = null;
    in.close();
  }
}
