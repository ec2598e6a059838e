package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.deflate64.Deflate64CompressorInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.XZInputStream;

/// A zip file: finds its central directory, goes through the records without keeping them, and
/// opens contents. Records can be read again by their position. Any number of threads may read.
final class ZipFileReader {
  private static final int END_BYTES = 22;
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int LOCATOR_BYTES = 20;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int END64_BYTES = 56;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int LOCAL_BYTES = 30;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int DECODER_BUFFER_BYTES = 64 << 10;
  private static final int LZMA_HAS_END = 1 << 1;

  private final ArchiveFile file;
  private final Meter meter;
  private long entries;
  private long directoryBytes;
  private long directoryOffset;

  /// Bytes in front of the archive, as of a self-extracting one. All offsets are relative to it.
  private long shift;

  private ZipFileReader(ArchiveFile file, Meter meter) {
    this.file = file;
    this.meter = meter;
  }

  /// @param file stays the caller's
  static ZipFileReader open(ArchiveFile file, Meter meter) throws IOException {
    ZipFileReader reader = new ZipFileReader(file, meter);
    reader.readEnd();
    return reader;
  }

  private void readEnd() throws IOException {
    int tailBytes = (int) Math.min(file.size(), END_BYTES + MAX_COMMENT_BYTES);
    long tailOffset = file.size() - tailBytes;
    ByteBuffer tail =
        ByteBuffer.wrap(file.bytes(tailOffset, tailBytes)).order(ByteOrder.LITTLE_ENDIAN);
    int at = tailBytes - END_BYTES;
    while (at >= 0 && !isEnd(tail, at)) {
      at--;
    }
    if (at < 0) {
      throw new ArchiveException("the zip file has no directory: it is damaged or cut off");
    }
    if (tail.getShort(at + 4) != 0 && (tail.getShort(at + 4) & 0xffff) != 0xffff) {
      throw new ArchiveException("zip files in several parts are not supported");
    }
    entries = tail.getShort(at + 10) & 0xffff;
    directoryBytes = tail.getInt(at + 12) & 0xffff_ffffL;
    directoryOffset = tail.getInt(at + 16) & 0xffff_ffffL;
    long end = tailOffset + at;
    if (!readEnd64(end)) {
      shift = end - directoryBytes - directoryOffset;
    }
    if (shift < 0 || directoryOffset < 0 || directoryBytes < 0 || entries < 0) {
      throw damaged();
    }
    if (entries > directoryBytes / ZipRecord.FIXED_BYTES) {
      throw damaged();
    }
  }

  private static boolean isEnd(ByteBuffer tail, int at) {
    return tail.getInt(at) == END_SIGNATURE
        && at + END_BYTES + (tail.getShort(at + 20) & 0xffff) <= tail.limit();
  }

  private boolean readEnd64(long end) throws IOException {
    if (end < LOCATOR_BYTES) {
      return false;
    }
    ByteBuffer locator = buffer(end - LOCATOR_BYTES, LOCATOR_BYTES);
    if (locator.getInt(0) != LOCATOR_SIGNATURE) {
      return false;
    }
    long announced = locator.getLong(8);
    long behind = end - LOCATOR_BYTES - END64_BYTES; // where it is when something was put in front
    for (long at : new long[] {announced, behind}) {
      if (at < 0 || at > end - LOCATOR_BYTES - END64_BYTES) {
        continue;
      }
      ByteBuffer record = buffer(at, END64_BYTES);
      if (record.getInt(0) == END64_SIGNATURE) {
        entries = record.getLong(32);
        directoryBytes = record.getLong(40);
        directoryOffset = record.getLong(48);
        shift = at - directoryBytes - directoryOffset;
        return true;
      }
    }
    throw damaged();
  }

  private ByteBuffer buffer(long position, int count) throws IOException {
    return ByteBuffer.wrap(file.bytes(position, count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ArchiveException damaged() {
    return new ArchiveException("damaged directory of the zip file");
  }

  /// Entries that the file announces, which is no more than its directory has room for.
  long entries() {
    return entries;
  }

  long directoryBytes() {
    return directoryBytes;
  }

  /// Goes through the directory from its beginning.
  Records records() {
    return new Records();
  }

  /// Reads the records one after the other; for one thread.
  final class Records {
    private final BufferedInput in;
    private long position = directoryOffset + shift;
    private long left = entries;

    Records() {
      in = new BufferedInput(file.stream(position, directoryBytes, meter));
    }

    Optional<ZipRecord> next() throws IOException {
      if (left == 0) {
        return Optional.empty();
      }
      left--;
      byte[] fixed = in.readNBytes(ZipRecord.FIXED_BYTES);
      if (fixed.length < ZipRecord.FIXED_BYTES) {
        throw damaged();
      }
      byte[] variable = in.readNBytes(ZipRecord.variableBytes(fixed));
      if (variable.length < ZipRecord.variableBytes(fixed)) {
        throw damaged();
      }
      ZipRecord record = ZipRecord.parse(position, fixed, variable);
      position = record.next();
      return Optional.of(record);
    }
  }

  /// Reads one record again.
  ///
  /// @param position as of an earlier record
  ZipRecord record(long position) throws IOException {
    byte[] fixed = file.bytes(position, ZipRecord.FIXED_BYTES);
    byte[] variable = file.bytes(position + ZipRecord.FIXED_BYTES, ZipRecord.variableBytes(fixed));
    return ZipRecord.parse(position, fixed, variable);
  }

  /// Where the part of the file that belongs to an entry begins.
  long start(ZipRecord record) {
    return record.localOffset() + shift;
  }

  /// The fewest bytes that belong to an entry.
  static long leastBytes(ZipRecord record) {
    return LOCAL_BYTES + record.compressedSize();
  }

  /// Opens the content of an entry. It has exactly the size and checksum that the directory says,
  /// or reading it fails.
  ///
  /// @param memoryBytes most that the decoder may take
  InputStream open(ZipRecord record, long memoryBytes) throws IOException {
    if (record.encrypted()) {
      throw new ArchiveException("'%s' is encrypted".formatted(display(record)));
    }
    ByteBuffer local = buffer(start(record), LOCAL_BYTES);
    if (local.getInt(0) != LOCAL_SIGNATURE) {
      throw new ArchiveException(
          "damaged zip file: '%s' is not where it should be".formatted(display(record)));
    }
    long data =
        start(record) + LOCAL_BYTES + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
    InputStream stored = file.stream(data, record.compressedSize(), meter);
    InputStream decoder =
        DecoderStream.open(
            ZipMethod.name(record.method()),
            memoryBytes,
            () -> decoder(stored, record, memoryBytes));
    return new CheckedContent(decoder, display(record), record.size(), record.crc());
  }

  private static InputStream decoder(InputStream stored, ZipRecord record, long memoryBytes)
      throws IOException {
    return switch (record.method()) {
      case ZipMethod.STORE -> stored;
      case ZipMethod.DEFLATE -> new Inflating(stored);
      case ZipMethod.DEFLATE64 -> new Deflate64CompressorInputStream(new BufferedInput(stored));
      case ZipMethod.BZIP2 -> new BZip2CompressorInputStream(new BufferedInput(stored));
      case ZipMethod.LZMA -> lzma(new BufferedInput(stored), record, memoryBytes);
      case ZipMethod.ZSTD, ZipMethod.ZSTD_OLD -> Decompressor.zstd(stored, memoryBytes);
      case ZipMethod.XZ -> new XZInputStream(new BufferedInput(stored), (int) (memoryBytes >> 10));
      default ->
          throw new ArchiveException(
              "'%s' is compressed by %s, which is not supported"
                  .formatted(display(record), ZipMethod.name(record.method())));
    };
  }

  /// Gives its native memory back when it is closed.
  private static final class Inflating extends InflaterInputStream {
    Inflating(InputStream in) {
      super(in, new Inflater(/* nowrap= */ true), DECODER_BUFFER_BYTES);
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }

  private static InputStream lzma(BufferedInput in, ZipRecord record, long memoryBytes)
      throws IOException {
    in.readLittleEndian(2); // version
    if (in.readLittleEndian(2) != 5) {
      throw new ArchiveException("damaged lzma header in the zip file");
    }
    byte properties = (byte) in.readByte();
    long dictionary = in.readLittleEndian(4);
    if (dictionary > memoryBytes) {
      throw Decompressor.tooMuchMemory("lzma", dictionary, memoryBytes);
    }
    boolean marked = (record.flags() & LZMA_HAS_END) != 0;
    return new LZMAInputStream(in, marked ? -1 : record.size(), properties, (int) dictionary);
  }

  /// For messages.
  static String display(ZipRecord record) {
    return new String(record.name(), java.nio.charset.StandardCharsets.UTF_8)
        .replaceAll("\\p{Cntrl}", "?");
  }
}
