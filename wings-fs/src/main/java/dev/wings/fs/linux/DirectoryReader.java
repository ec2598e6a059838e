package dev.wings.fs.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/// Reads the entries of one directory in the order of the file system, with 32 KiB of memory for
/// any number of entries. `.` and `..` are left out. For one thread at a time.
public final class DirectoryReader {
  private static final int BUFFER_BYTES = 32 * 1024;

  // struct linux_dirent64: u64 d_ino; s64 d_off; u16 d_reclen; u8 d_type; char d_name[]
  private static final int D_OFF = 8;
  private static final int D_RECLEN = 16;
  private static final int D_TYPE = 18;
  private static final int D_NAME = 19;

  private final Descriptor directory;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.nativeOrder());
  private int filled;
  private int position;
  private long cookie;

  /// Starts at the descriptor's position, which is the beginning for one that was just opened.
  ///
  /// @param directory open for reading, not with `O_PATH`; stays the caller's
  public DirectoryReader(Descriptor directory) {
    this.directory = directory;
  }

  /// Starts behind the entry that [#cookie] belonged to.
  public static DirectoryReader resume(Descriptor directory, long cookie) throws LinuxException {
    Linux.lseek(directory, cookie);
    DirectoryReader reader = new DirectoryReader(directory);
    reader.cookie = cookie;
    return reader;
  }

  /// An entry.
  ///
  /// @param name its bytes, without a slash
  /// @param type a hint: the entry may have been replaced since
  @SuppressWarnings("ArrayRecordComponent") // a value of one listing, never compared
  public record Entry(byte[] name, EntryType type) {}

  /// Next entry, empty at the end.
  public Optional<Entry> next() throws LinuxException {
    while (true) {
      if (position == filled) {
        filled = Linux.getdents64(directory, buffer.array());
        position = 0;
        if (filled == 0) {
          return Optional.empty();
        }
      }
      int start = position;
      position += Short.toUnsignedInt(buffer.getShort(start + D_RECLEN));
      cookie = buffer.getLong(start + D_OFF);
      byte[] name = name(start + D_NAME, position);
      if (!isDotOrDotDot(name)) {
        return Optional.of(new Entry(name, EntryType.ofDirent(buffer.get(start + D_TYPE))));
      }
    }
  }

  /// Where the entry that [#next] returned last ends. It stays valid for another descriptor of the
  /// same directory.
  public long cookie() {
    return cookie;
  }

  private byte[] name(int start, int end) {
    int length = 0;
    while (start + length < end && buffer.get(start + length) != 0) {
      length++;
    }
    return Arrays.copyOfRange(buffer.array(), start, start + length);
  }

  private static boolean isDotOrDotDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }
}
