package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.fs.AtomicFiles;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;

/// The index on disk (`backups.md` A.5).
///
/// Its format has no checksum, and a wrong count in it would cost chunks of other backups. So the
/// checksum of the index that is about to take its place is written down beside it, in a file that
/// other programs do not know. An index with another checksum was written by such a program, has
/// been damaged, or has been left by a process that was killed in between; all are answered by
/// counting again.
final class IndexFile {
  private static final String CHECKSUM = "index.wings-checksum";
  private static final int BUFFER_BYTES = 64 << 10;

  private final Path directory;
  private final Path file;
  private final Path temporary;
  private final Path checksum;

  /// @param chunks directory of the chunks
  IndexFile(Path chunks) {
    this.directory = chunks;
    this.file = chunks.resolve("index");
    this.temporary = chunks.resolve("index.tmp");
    this.checksum = chunks.resolve(CHECKSUM);
  }

  /// What was read.
  ///
  /// @param index everything that could be read
  /// @param trusted whether it is as this program has written it
  /// @param fault what is wrong with it; null when it was read to its end
  record Loaded(ChunkIndex index, boolean trusted, @Nullable DamagedBackupException fault) {}

  /// Reads it, as far as that goes.
  ///
  /// @return empty when there is none
  /// @throws IOException when the disk fails
  Optional<Loaded> load() throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty(); // missing, or something else in its place
    }
    try (Crc crc = new Crc(file);
        Input in = new Input(Compression.inflater(crc))) {
      long free = in.u64();
      ChunkIndex index = new ChunkIndex(in.u32(), in.u32());
      DamagedBackupException fault = null;
      try {
        read(in, free, index);
      } catch (DamagedBackupException broken) {
        fault = broken;
      } catch (IOException | RuntimeException e) {
        index.close();
        throw e;
      }
      return Optional.of(new Loaded(index, fault == null && written(crc.ofAll()), fault));
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (DamagedBackupException headless) {
      return Optional.of(new Loaded(ChunkIndex.fresh(), /* trusted= */ false, headless));
    }
  }

  private static void read(Input in, long free, ChunkIndex index) throws IOException {
    long count = in.u64();
    index.nextId(in.u64());
    if (free < 0 || count < 0 || index.nextId() < 1) {
      throw new DamagedBackupException("the index has impossible numbers");
    }
    for (long i = 0; i < free; i++) {
      index.free(in.varint());
    }
    for (int first = in.read(); first >= 0; first = in.read()) {
      byte[] rest = in.bytes(ChunkHash.BYTES - 1);
      byte[] whole = new byte[ChunkHash.BYTES];
      whole[0] = (byte) first;
      System.arraycopy(rest, 0, whole, 1, rest.length);
      ChunkHash hash = ChunkHash.of(whole);
      long id = in.varint();
      long uses = in.varint();
      boolean known =
          index.chunks().find(id) != ChunkTable.NONE
              || index.chunks().find(hash) != ChunkTable.NONE;
      if (id <= 0 || uses < 0 || known) {
        throw new DamagedBackupException("the index has an impossible entry");
      }
      if (uses > Integer.MAX_VALUE * 1024L) {
        throw new DamagedBackupException("the index has an impossible count");
      }
      index.chunks().add(hash, id, uses);
      index.nextId(id + 1);
    }
    index.markSaved();
    if (index.chunks().size() != count) {
      throw new DamagedBackupException("the index lacks entries");
    }
  }

  /// Counts what is read, the bytes behind the compressed stream too.
  private static final class Crc extends java.io.InputStream {
    private final java.io.InputStream in;
    private final CRC32C crc = new CRC32C();

    Crc(Path file) throws IOException {
      in = Files.newInputStream(file);
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
      }
      return read;
    }

    long ofAll() throws IOException {
      transferTo(OutputStream.nullOutputStream());
      return crc.getValue();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private boolean written(long crc) throws IOException {
    try {
      return Files.readString(checksum).strip().equals(Long.toHexString(crc));
    } catch (NoSuchFileException foreign) {
      return false;
    } catch (CharacterCodingException damaged) {
      return false;
    }
  }

  /// Replaces it. When this returns the new one is on the disk; a failure leaves the old one.
  void save(ChunkIndex index) throws IOException {
    CRC32C crc = new CRC32C();
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        OutputStream out = new CheckedOutputStream(Channels.newOutputStream(channel), crc);
        // hashes do not get smaller, whatever the level
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, /* nowrap= */ true);
        try {
          write(index, new Output(new DeflaterOutputStream(keepOpen(out), deflater, BUFFER_BYTES)));
        } finally {
          deflater.end();
        }
        channel.force(/* metaData= */ true);
      }
      AtomicFiles.replace(checksum, Long.toHexString(crc.getValue()) + "\n");
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        Files.move(file, file.resolveSibling("index.damaged-" + UUID.randomUUID()));
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      AtomicFiles.syncDirectory(directory);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static OutputStream keepOpen(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  private static void write(ChunkIndex index, Output out) throws IOException {
    try (out) {
      ChunkTable chunks = index.chunks();
      int unused = 0;
      for (int slot = 0; slot < chunks.slots(); slot++) {
        unused += chunks.taken(slot) && index.uses(slot) == 0 ? 1 : 0;
      }
      out.u64(index.freeIds() + unused);
      out.u32(index.chunkBytes());
      out.u32(index.mostChunks());
      out.u64(chunks.size() - unused);
      out.u64(index.nextId());
      for (int i = 0; i < index.freeIds(); i++) {
        out.varint(index.freeId(i));
      }
      for (int slot = 0; slot < chunks.slots(); slot++) {
        if (chunks.taken(slot) && index.uses(slot) == 0) {
          out.varint(chunks.id(slot));
        }
      }
      for (int slot = 0; slot < chunks.slots(); slot++) {
        if (chunks.taken(slot) && index.uses(slot) > 0) {
          out.bytes(chunks.hash(slot).bytes());
          out.varint(chunks.id(slot));
          out.varint(index.uses(slot));
        }
      }
    }
  }
}
