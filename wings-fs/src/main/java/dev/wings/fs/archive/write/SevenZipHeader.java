package dev.wings.fs.archive.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/// The description of a 7z archive, gathered while the bodies are written (7zFormat.txt of the LZMA
/// SDK). Memory grows by some 30 bytes for each entry, see [Spool].
final class SevenZipHeader implements AutoCloseable {
  /// Length of what stands at the beginning of the archive.
  static final int START_BYTES = 32;

  private static final int END = 0x00;
  private static final int HEADER = 0x01;
  private static final int MAIN_STREAMS_INFO = 0x04;
  private static final int FILES_INFO = 0x05;
  private static final int PACK_INFO = 0x06;
  private static final int UNPACK_INFO = 0x07;
  private static final int SUB_STREAMS_INFO = 0x08;
  private static final int SIZE = 0x09;
  private static final int CRC = 0x0A;
  private static final int FOLDER = 0x0B;
  private static final int UNPACK_SIZE = 0x0C;
  private static final int NUM_UNPACK_STREAM = 0x0D;
  private static final int EMPTY_STREAM = 0x0E;
  private static final int EMPTY_FILE = 0x0F;
  private static final int NAMES = 0x11;
  private static final int MTIME = 0x14;

  /// A coder with an id of one byte and with properties.
  private static final int CODER_FLAGS = 0x21;

  private static final int LZMA2 = 0x21;
  private static final byte[] SIGNATURE = {'7', 'z', (byte) 0xBC, (byte) 0xAF, 0x27, 0x1C, 0, 4};

  /// From 1601 to 1970 in steps of 100 nanoseconds.
  private static final long EPOCH_1601 = 116_444_736_000_000_000L;

  private final byte dictionary;
  private final Group files = new Group();
  private final Group emptyFiles = new Group();
  private final Group directories = new Group();
  private final Spool packSizes = new Spool();
  private final Spool unpackSizes = new Spool();
  private final Spool counts = new Spool();

  /// Sizes of all files of a folder but the last, whose size is the rest.
  private final Spool fileSizes = new Spool();

  private final Spool crcs = new Spool();
  private long folders;

  /// Size of the file added last, which counts only once another follows in its folder.
  private long lastSize = -1;

  /// Entries of one kind.
  private static final class Group implements AutoCloseable {
    final Spool names = new Spool();
    final Spool times = new Spool();
    long count;

    void add(String name, Instant modified) {
      count++;
      names.add((name + "\0").getBytes(StandardCharsets.UTF_16LE));
      times.add(little(8).putLong(ntTime(modified)).array());
    }

    @Override
    public void close() {
      names.close();
      times.close();
    }
  }

  /// @param dictionaryBytes a power of two from 4096 on
  SevenZipHeader(int dictionaryBytes) {
    this.dictionary = (byte) (2 * (Integer.numberOfTrailingZeros(dictionaryBytes) - 12));
  }

  /// The next file with a body.
  void file(String name, Instant modified, long size) {
    files.add(name, modified);
    if (lastSize >= 0) {
      fileSizes.add(number(lastSize));
    }
    lastSize = size;
  }

  void emptyFile(String name, Instant modified) {
    emptyFiles.add(name, modified);
  }

  void directory(String name, Instant modified) {
    directories.add(name, modified);
  }

  /// Where a folder ends in the order of the files.
  void endOfFolder() {
    lastSize = -1;
  }

  /// Checksum of the next file.
  void crc(int value) {
    crcs.add(little(4).putInt(value).array());
  }

  /// The next folder.
  void folder(long packedBytes, long bytes, long fileCount) {
    folders++;
    packSizes.add(number(packedBytes));
    unpackSizes.add(number(bytes));
    counts.add(number(fileCount));
  }

  /// Hands the whole header on; once.
  void drain(Consumer<ByteBuffer> to) {
    put(to, HEADER);
    if (folders > 0) {
      put(to, MAIN_STREAMS_INFO);
      streams(to);
    }
    filesInfo(to);
    put(to, END);
  }

  private void streams(Consumer<ByteBuffer> to) {
    put(to, PACK_INFO);
    to.accept(ByteBuffer.wrap(number(0)));
    to.accept(ByteBuffer.wrap(number(folders)));
    put(to, SIZE);
    packSizes.drain(to);
    put(to, END, UNPACK_INFO, FOLDER);
    to.accept(ByteBuffer.wrap(number(folders)));
    put(to, 0); // not external
    for (long i = 0; i < folders; i++) {
      put(to, 1, CODER_FLAGS, LZMA2, 1, dictionary);
    }
    put(to, UNPACK_SIZE);
    unpackSizes.drain(to);
    put(to, END, SUB_STREAMS_INFO, NUM_UNPACK_STREAM);
    counts.drain(to);
    put(to, SIZE);
    fileSizes.drain(to);
    put(to, CRC, 1);
    crcs.drain(to);
    put(to, END, END);
  }

  private void filesInfo(Consumer<ByteBuffer> to) {
    long empty = emptyFiles.count + directories.count;
    put(to, FILES_INFO);
    to.accept(ByteBuffer.wrap(number(files.count + empty)));
    if (empty > 0) {
      bits(to, EMPTY_STREAM, files.count, empty);
      if (emptyFiles.count > 0) {
        ones(to, EMPTY_FILE, emptyFiles.count, directories.count);
      }
    }
    put(to, NAMES);
    to.accept(ByteBuffer.wrap(number(1 + total(files.names, emptyFiles.names, directories.names))));
    put(to, 0);
    drainAll(to, files.names, emptyFiles.names, directories.names);
    put(to, MTIME);
    to.accept(ByteBuffer.wrap(number(2 + total(files.times, emptyFiles.times, directories.times))));
    put(to, 1, 0); // all are known, not external
    drainAll(to, files.times, emptyFiles.times, directories.times);
    put(to, END);
  }

  private static long total(Spool... spools) {
    long sum = 0;
    for (Spool spool : spools) {
      sum += spool.length();
    }
    return sum;
  }

  private static void drainAll(Consumer<ByteBuffer> to, Spool... spools) {
    for (Spool spool : spools) {
      spool.drain(to);
    }
  }

  private static void bits(Consumer<ByteBuffer> to, int property, long zeros, long ones) {
    run(to, property, zeros + ones, zeros, zeros + ones);
  }

  private static void ones(Consumer<ByteBuffer> to, int property, long ones, long zeros) {
    run(to, property, zeros + ones, 0, ones);
  }

  /// A vector of bits, highest first, that are set from one place to another.
  private static void run(
      Consumer<ByteBuffer> to, int property, long count, long from, long until) {
    put(to, property);
    long bytes = (count + 7) / 8;
    to.accept(ByteBuffer.wrap(number(bytes)));
    for (long i = 0; i < bytes; i++) {
      int value = 0;
      for (int bit = 0; bit < 8; bit++) {
        long index = 8 * i + bit;
        value = value << 1 | (index >= from && index < until ? 1 : 0);
      }
      put(to, value);
    }
  }

  /// What stands at the beginning of the archive.
  static ByteBuffer start(long offset, long length, int crc) {
    ByteBuffer description = little(20).putLong(offset).putLong(length).putInt(crc).flip();
    CRC32 check = new CRC32();
    check.update(description.duplicate());
    ByteBuffer start = little(START_BYTES).put(SIGNATURE).putInt((int) check.getValue());
    return start.put(description).flip();
  }

  /// A number in the format's own coding of one to nine bytes: the ones at the top of the first say
  /// how many follow.
  static byte[] number(long value) {
    int extra = 0;
    while (extra < 8 && (value >>> (7 * (extra + 1))) != 0) {
      extra++;
    }
    byte[] bytes = new byte[1 + extra];
    int mask = extra == 8 ? 0xFF : (0xFF << (8 - extra)) & 0xFF;
    int high = extra == 8 ? 0 : (int) (value >>> (8 * extra));
    bytes[0] = (byte) (mask | high);
    for (int i = 0; i < extra; i++) {
      bytes[1 + i] = (byte) (value >>> (8 * i));
    }
    return bytes;
  }

  private static long ntTime(Instant time) {
    return EPOCH_1601 + time.getEpochSecond() * 10_000_000L + time.getNano() / 100;
  }

  private static void put(Consumer<ByteBuffer> to, int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    to.accept(ByteBuffer.wrap(bytes));
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    for (Group group : new Group[] {files, emptyFiles, directories}) {
      group.close();
    }
    for (Spool spool : new Spool[] {packSizes, unpackSizes, counts, fileSizes, crcs}) {
      spool.close();
    }
  }
}
