package dev.wings.fs.archive.read;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// Reads a tar archive from a stream: old, ustar, GNU and pax formats, several archives one after
/// the other. Names stay bytes. Header data is bounded by the [Guard].
///
/// After [#next] the stored data of the entry can be read with [#read]; what is not read is
/// skipped.
final class TarReader {
  private static final int MAX_LONG_NAME_BYTES = 64 << 10;
  private static final int MAX_PAX_BYTES = 8 << 20;
  private static final int EXTENSION_PIECES = 21;
  private static final int EXTENSION_MORE = 504;
  private static final byte[] NOTHING = {};

  private final InputStream in;
  private final Guard guard;
  private final byte[] skipped = new byte[32 << 10];
  private long left; // stored data of the entry
  private long padding;
  private boolean sawEntry;

  TarReader(InputStream in, Guard guard) {
    this.in = in;
    this.guard = guard;
  }

  /// What the headers in front of an entry say about it.
  private static final class Prefix {
    private Optional<byte[]> name = Optional.empty();
    private Optional<byte[]> link = Optional.empty();
    private PaxRecords pax = new PaxRecords();
  }

  /// Goes on to the next entry; empty at the end.
  ///
  /// @throws ArchiveException when the archive is damaged or cut off
  Optional<TarEntry> next() throws IOException {
    skipRest();
    Prefix prefix = new Prefix();
    while (true) {
      Optional<TarHeader> header = header();
      if (header.isEmpty()) {
        return Optional.empty();
      }
      switch (header.get().type()) {
        case 'L' -> prefix.name = Optional.of(longName(header.get()));
        case 'K' -> prefix.link = Optional.of(longName(header.get()));
        case 'x', 'X' -> {
          prefix.pax = PaxRecords.parse(data(header.get(), MAX_PAX_BYTES), guard);
        }
        case 'g' -> data(header.get(), MAX_PAX_BYTES); // says nothing about one entry
        default -> {
          return Optional.of(entry(header.get(), prefix));
        }
      }
    }
  }

  private Optional<TarHeader> header() throws IOException {
    while (true) {
      byte[] block = new byte[TarHeader.BLOCK_BYTES];
      int read = in.readNBytes(block, 0, block.length);
      if (read == 0) {
        return Optional.empty();
      }
      TarHeader header = new TarHeader(block);
      if (read < block.length && sawEntry && header.zero()) {
        return Optional.empty();
      }
      if (read < block.length) {
        throw new ArchiveException("the tar archive is truncated");
      }
      if (header.zero()) {
        sawEntry = true; // an empty archive is one
        guard.skipped(block.length);
        continue;
      }
      if (!header.hasValidChecksum()) {
        throw new ArchiveException(
            sawEntry ? "damaged tar header: wrong checksum" : "not a tar archive");
      }
      sawEntry = true;
      return Optional.of(header);
    }
  }

  private byte[] data(TarHeader header, int most) throws IOException {
    long size = header.size();
    if (size < 0 || size > most) {
      throw new ArchiveLimitException(
          "a header of the tar archive is larger than %d KiB".formatted(most >> 10));
    }
    guard.metadata(size + TarHeader.BLOCK_BYTES);
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw new ArchiveException("the tar archive is truncated");
    }
    padding = padding(size);
    skipRest();
    return data;
  }

  private byte[] longName(TarHeader header) throws IOException {
    byte[] data = data(header, MAX_LONG_NAME_BYTES);
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return Arrays.copyOf(data, end);
  }

  private static long padding(long size) {
    return -size & TarHeader.BLOCK_BYTES - 1;
  }

  private TarEntry entry(TarHeader header, Prefix prefix) throws IOException {
    char type = header.type();
    byte[] name = prefix.pax.path().or(() -> prefix.name).orElseGet(header::name);
    byte[] link =
        type == TarEntry.HARD_LINK || type == TarEntry.SYMBOLIC_LINK
            ? prefix.pax.link().or(() -> prefix.link).orElseGet(header::link)
            : NOTHING;
    Instant modified =
        prefix.pax.modified().isPresent() ? prefix.pax.modified().get() : header.modified();
    EntryAttributes attributes = EntryAttributes.of(header.mode(), modified);
    long stored = prefix.pax.size().isPresent() ? prefix.pax.size().get() : header.size();
    if (stored < 0) {
      throw new ArchiveException("damaged tar header: negative size");
    }
    boolean bodiless = type >= TarEntry.HARD_LINK && type <= '6' && prefix.pax.size().isEmpty();
    left = bodiless ? 0 : stored; // old archives give links the size of what they lead to
    padding = padding(left);
    return switch (type) {
      case 'S' -> gnuSparse(header, name, attributes);
      case '0', '7' ->
          name.length > 0 && name[name.length - 1] == '/'
              ? plain(TarEntry.DIRECTORY, name, link, attributes)
              : file(prefix, name, attributes);
      case 'D' -> plain(TarEntry.DIRECTORY, name, link, attributes); // with a list of its names
      default -> plain(type, name, link, attributes);
    };
  }

  private TarEntry plain(char type, byte[] name, byte[] link, EntryAttributes attributes) {
    return new TarEntry(type, name, link, left, attributes, Optional.empty());
  }

  private TarEntry file(Prefix prefix, byte[] name, EntryAttributes attributes) throws IOException {
    Optional<SparseMap> sparse =
        prefix.pax.sparseInData() ? Optional.of(mapInData()) : prefix.pax.sparse();
    if (sparse.isEmpty()) {
      return plain(TarEntry.FILE, name, NOTHING, attributes);
    }
    return sparse(
        name, attributes, sparse.get(), prefix.pax.sparseSize().orElse(sparse.get().end()));
  }

  private TarEntry sparse(byte[] name, EntryAttributes attributes, SparseMap map, long size)
      throws ArchiveException {
    if (map.storedBytes() > left || map.end() > size) {
      throw new ArchiveException("damaged tar header: pieces of a sparse file are missing");
    }
    return new TarEntry(TarEntry.FILE, name, NOTHING, size, attributes, Optional.of(map));
  }

  private TarEntry gnuSparse(TarHeader header, byte[] name, EntryAttributes attributes)
      throws IOException {
    SparseMap map = new SparseMap(guard);
    header.pieces(map);
    boolean more = header.extended();
    while (more) {
      byte[] block = in.readNBytes(TarHeader.BLOCK_BYTES);
      if (block.length < TarHeader.BLOCK_BYTES) {
        throw new ArchiveException("the tar archive is truncated");
      }
      guard.metadata(block.length);
      TarHeader.pieces(block, 0, EXTENSION_PIECES, map);
      more = block[EXTENSION_MORE] != 0;
    }
    return sparse(name, attributes, map, header.realSize());
  }

  /// The map of version 1.0: decimal lines at the beginning of the data, padded to whole blocks.
  private SparseMap mapInData() throws IOException {
    SparseMap map = new SparseMap(guard);
    MapLines lines = new MapLines();
    long pieces = lines.next();
    for (long i = 0; i < pieces; i++) {
      long offset = lines.next();
      map.add(offset, lines.next());
    }
    return map;
  }

  private final class MapLines {
    private byte[] block = NOTHING;
    private int at;

    long next() throws IOException {
      byte[] digits = new byte[20];
      for (int i = 0; i < digits.length; i++) {
        if (at == block.length) {
          block = new byte[TarHeader.BLOCK_BYTES];
          at = 0;
          readFully(block);
          guard.metadata(block.length);
        }
        digits[i] = block[at++];
        if (digits[i] == '\n') {
          return PaxRecords.number(Arrays.copyOf(digits, i));
        }
      }
      throw new ArchiveException("damaged map of a sparse file");
    }
  }

  private void readFully(byte[] target) throws IOException {
    for (int done = 0; done < target.length; ) {
      int count = read(target, done, target.length - done);
      if (count < 0) {
        throw new ArchiveException("damaged map of a sparse file");
      }
      done += count;
    }
  }

  /// Reads stored data of the entry.
  ///
  /// @return -1 at its end
  int read(byte[] target, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int count = in.read(target, offset, (int) Math.min(length, left));
    if (count < 0) {
      throw new ArchiveException("the tar archive is truncated");
    }
    left -= count;
    return count;
  }

  private void skipRest() throws IOException {
    long rest = left + padding;
    while (rest > 0) {
      int count = in.read(skipped, 0, (int) Math.min(skipped.length, rest));
      if (count < 0 && left == 0) {
        break; // some programs leave out the last padding
      }
      if (count < 0) {
        throw new ArchiveException("the tar archive is truncated");
      }
      guard.skipped(count);
      rest -= count;
      left = Math.max(0, left - count);
    }
    left = 0;
    padding = 0;
  }
}
