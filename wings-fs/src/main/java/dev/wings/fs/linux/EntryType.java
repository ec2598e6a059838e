package dev.wings.fs.linux;

/// What an entry of a directory is.
public enum EntryType {
  REGULAR('-', 0100000),
  DIRECTORY('d', 0040000),
  SYMLINK('l', 0120000),
  BLOCK_DEVICE('b', 0060000),
  CHARACTER_DEVICE('c', 0020000),
  SOCKET('s', 0140000),
  FIFO('p', 0010000),
  /// The file system does not say in its listing.
  UNKNOWN('?', 0);

  private static final int S_IFMT = 0170000;

  private final char letter;
  private final int modeBits;

  EntryType(char letter, int modeBits) {
    this.letter = letter;
    this.modeBits = modeBits;
  }

  /// The first letter of `ls -l`.
  public char letter() {
    return letter;
  }

  static EntryType ofDirent(int type) {
    return switch (type) {
      case 8 -> REGULAR;
      case 4 -> DIRECTORY;
      case 10 -> SYMLINK;
      case 6 -> BLOCK_DEVICE;
      case 2 -> CHARACTER_DEVICE;
      case 12 -> SOCKET;
      case 1 -> FIFO;
      default -> UNKNOWN;
    };
  }

  static EntryType ofMode(int mode) {
    for (EntryType type : values()) {
      if (type != UNKNOWN && (mode & S_IFMT) == type.modeBits) {
        return type;
      }
    }
    return UNKNOWN;
  }
}
