package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.ZipException;

/// Reads the content of chunks. What comes out has the hash that the chunk is named by: damage is
/// never handed on. For one thread.
final class ChunkReader implements Workers.Tool {
  /// Chunks have at most four MiB here; other programs and settings make larger ones.
  static final int MOST_BYTES = 64 << 20;

  private static final int FIRST_BYTES = 256 << 10;

  private final Chunks chunks;
  private byte[] content = new byte[FIRST_BYTES];
  private int length;

  ChunkReader(Chunks chunks) {
    this.chunks = chunks;
  }

  /// Reads a chunk, which is in [#content] until the next call.
  ///
  /// @return its length
  /// @throws DamagedBackupException when it is missing or not what it was
  int read(ChunkHash hash) throws IOException {
    byte[] stored = chunks.read(hash);
    Optional<Compression> compression = Compression.ofCode(stored[0]);
    if (compression.isEmpty()) {
      throw new DamagedBackupException("chunk " + hash + " has an unknown compression");
    }
    length = 0;
    try (InputStream in =
        compression.get().decoder(new ByteArrayInputStream(stored, 1, stored.length - 1))) {
      fill(in, hash);
    } catch (EOFException | ZipException broken) {
      throw damaged(hash, broken);
    } catch (DamagedBackupException damaged) {
      throw damaged;
    } catch (IOException brotli) { // nothing but memory is read: only the decoder can fail
      throw damaged(hash, brotli);
    }
    if (!Blake2b.hash(content, 0, length).equals(hash)) {
      throw new DamagedBackupException("chunk " + hash + " has another hash");
    }
    return length;
  }

  private static DamagedBackupException damaged(ChunkHash hash, IOException cause) {
    DamagedBackupException damaged =
        new DamagedBackupException("chunk " + hash + " cannot be decompressed");
    damaged.initCause(cause);
    return damaged;
  }

  private void fill(InputStream in, ChunkHash hash) throws IOException {
    while (true) {
      if (length == content.length) {
        if (length == MOST_BYTES) {
          throw new DamagedBackupException("chunk " + hash + " is too large");
        }
        content = Arrays.copyOf(content, Math.min(MOST_BYTES, content.length * 2));
      }
      int read = in.read(content, length, content.length - length);
      if (read < 0) {
        return;
      }
      length += read;
    }
  }

  byte[] content() {
    return content;
  }

  /// Gives the memory back.
  @Override
  public void close() {
    content = new byte[0];
    length = 0;
  }
}
