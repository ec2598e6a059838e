package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// GNU tar. Names and link targets that are too long for the header precede it (`@LongLink`), the
/// second name of an inode is a hard link to the first, files with holes are sparse entries of the
/// old GNU kind, which GNU tar, bsdtar and the common libraries read back as they were; PAX maps
/// are not read by all of those.
final class TarContainer implements Container {
  private static final char FILE = '0';
  private static final char HARD_LINK = '1';
  private static final char SYMLINK = '2';
  private static final char DIRECTORY = '5';
  private static final char LONG_NAME = 'L';
  private static final char LONG_LINK = 'K';
  private static final char SPARSE = 'S';
  private static final int END_BYTES = 2 * TarHeader.BYTES;

  private final Pipeline pipeline;
  private final ByteStream stream;
  private final @Nullable HardLinks links;

  /// @param portable store hard links as files and holes as zeros, for readers that know neither
  TarContainer(Pipeline pipeline, ByteStream stream, boolean portable) {
    this.pipeline = pipeline;
    this.stream = stream;
    this.links = portable ? null : new HardLinks();
  }

  @Override
  public boolean add(Entry entry) throws IOException {
    switch (entry.kind()) {
      case DIRECTORY -> {
        byte[] name = Arrays.copyOf(entry.name(), entry.name().length + 1);
        name[name.length - 1] = '/';
        header(entry, DIRECTORY, name, 0, null);
      }
      case SYMLINK -> header(entry, SYMLINK, entry.name(), 0, entry.target());
      case FILE -> file(entry, requireNonNull(entry.file()));
    }
    return true;
  }

  private void file(Entry entry, OpenFile file) throws IOException {
    byte[] first = links == null ? null : links.meet(entry);
    if (first != null) {
      header(entry, HARD_LINK, entry.name(), 0, first);
    } else if (links != null && entry.holes() != null) {
      sparse(entry, file, entry.holes());
    } else {
      header(entry, FILE, entry.name(), file.size(), null);
      stream.body(file, 0, file.size());
      stream.pad(file.size(), TarHeader.BYTES);
    }
  }

  private void sparse(Entry entry, OpenFile file, SparseMap map) throws IOException {
    long data = map.dataBytes();
    longTexts(entry.name(), null);
    TarHeader header = new TarHeader(SPARSE, entry.name(), entry.mode(), data, entry.modified());
    List<SparseMap.Extent> extents = map.extents();
    // an empty extent at the end says how long the hole before it is
    int count = extents.size() + 1;
    header.realSize(file.size(), count > TarHeader.HEADER_EXTENTS);
    for (int i = 0; i < Math.min(count, TarHeader.HEADER_EXTENTS); i++) {
      header.extent(i, position(extents, i, file.size()), length(extents, i));
    }
    stream.bytes(header.bytes());
    for (int begin = TarHeader.HEADER_EXTENTS; begin < count; ) {
      int end = Math.min(count, begin + TarHeader.EXTENSION_EXTENTS);
      byte[] extension = new byte[TarHeader.BYTES];
      for (int i = begin; i < end; i++) {
        TarHeader.extensionExtent(
            extension, i - begin, position(extents, i, file.size()), length(extents, i));
      }
      if (end < count) {
        TarHeader.extended(extension);
      }
      stream.bytes(extension);
      begin = end;
    }
    for (SparseMap.Extent extent : extents) {
      stream.body(file, extent.position(), extent.length());
    }
    stream.pad(data, TarHeader.BYTES);
  }

  private static long position(List<SparseMap.Extent> extents, int index, long size) {
    return index < extents.size() ? extents.get(index).position() : size;
  }

  private static long length(List<SparseMap.Extent> extents, int index) {
    return index < extents.size() ? extents.get(index).length() : 0;
  }

  private void header(Entry entry, char type, byte[] name, long size, byte @Nullable [] target)
      throws IOException {
    longTexts(name, target);
    TarHeader header = new TarHeader(type, name, entry.mode(), size, entry.modified());
    stream.bytes((target == null ? header : header.link(target)).bytes());
  }

  private void longTexts(byte[] name, byte @Nullable [] target) throws IOException {
    if (target != null && target.length > TarHeader.NAME_BYTES) {
      longText(LONG_LINK, target);
    }
    if (name.length > TarHeader.NAME_BYTES) {
      longText(LONG_NAME, name);
    }
  }

  private void longText(char type, byte[] text) throws IOException {
    byte[] terminated = Arrays.copyOf(text, text.length + 1);
    stream.bytes(TarHeader.longText(type, terminated.length).bytes());
    stream.bytes(terminated);
    stream.pad(terminated.length, TarHeader.BYTES);
  }

  @Override
  public void finish() throws IOException {
    stream.bytes(new byte[END_BYTES]);
    pipeline.finish();
  }

  @Override
  public void close() {
    pipeline.close();
  }
}
