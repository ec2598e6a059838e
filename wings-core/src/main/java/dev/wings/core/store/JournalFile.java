package dev.wings.core.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file of a [Journal] with its lock. Not safe for concurrent use, except that [#sync] may run
/// beside [#append].
final class JournalFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JournalFile.class);
  private static final int MAX_KEPT_ASIDE = 5;
  private static final int WRITE_BYTES = 64 << 10;

  private final Path path;
  private final DiskFile.Opener opener;
  private @Nullable JournalLock lock;
  private @Nullable DiskFile file;
  private long length; // bytes of whole lines
  private boolean unread; // what is at `path` could not be read and must not be written over

  JournalFile(Path path, DiskFile.Opener opener) {
    this.path = path;
    this.opener = opener;
  }

  /// Takes the lock and reads what is there. A torn end is cut off, a damaged file kept aside.
  ///
  /// @return whether the file can be appended to; otherwise it has to be written anew
  /// @throws IOException only when another user holds the journal
  boolean open(Consumer<JsonNode> records) throws IOException {
    try {
      lock = JournalLock.take(path);
      DiskFile opened = opener.open(path);
      file = opened;
      return read(opened, records);
    } catch (JournalLock.HeldException held) {
      throw held;
    } catch (IOException unusable) {
      unread = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
      closeFile();
      log.atError()
          .addKeyValue("file", path)
          .setCause(unusable)
          .log("a journal cannot be read, going on with what could be read of it");
      return false;
    }
  }

  private boolean read(DiskFile opened, Consumer<JsonNode> records) throws IOException {
    JournalScan.Result result = JournalScan.scan(opened, records);
    length = result.intactEnd();
    if (result.damagedLines() > 0) {
      Path kept = aside();
      Files.copy(path, kept, StandardCopyOption.REPLACE_EXISTING);
      log.atWarn()
          .addKeyValue("file", path)
          .addKeyValue("damagedLines", result.damagedLines())
          .addKeyValue("keptAs", kept.getFileName())
          .log("a journal is damaged, its intact entries are used and a copy is kept");
      return false;
    }
    if (result.length() > length) {
      log.atInfo()
          .addKeyValue("file", path)
          .addKeyValue("bytes", result.length() - length)
          .log("the unfinished last line of a journal is cut off");
      opened.truncate(length);
    }
    return true;
  }

  /// Bytes in the file.
  long length() {
    return length;
  }

  /// Appends whole lines; on the medium after the next [#sync].
  void append(byte[] lines) throws IOException {
    DiskFile target = opened();
    try {
      target.write(length, lines);
    } catch (IOException failure) {
      cutOff(target, failure);
      throw failure;
    }
    length += lines.length;
  }

  /// A half-written line would not hurt the next start, but takes space where there is none.
  private void cutOff(DiskFile target, IOException failure) {
    try {
      target.truncate(length);
    } catch (IOException alsoFailed) {
      failure.addSuppressed(alsoFailed);
    }
  }

  /// What [#sync] has to be called on; a rewrite makes it stale.
  DiskFile opened() throws IOException {
    if (file == null) {
      throw new IOException(path + " is not open");
    }
    return file;
  }

  /// Empties the file, which works on a full disk too.
  void clear() throws IOException {
    DiskFile target = opened();
    target.truncate(0);
    length = 0;
  }

  /// Replaces the content; on the medium when the call returns. After a failure the former file is
  /// there unchanged.
  void rewrite(Iterable<byte[]> lines) throws IOException {
    if (lock == null) {
      lock = JournalLock.take(path);
    }
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    DiskFile rewritten = opener.open(fresh);
    long written;
    try {
      written = writeAll(rewritten, lines);
      rewritten.sync();
      if (unread) {
        setAside();
      }
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      discard(rewritten, fresh, failure);
      throw failure;
    }
    closeFile();
    file = rewritten;
    length = written;
    try (FileChannel directory =
        FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static long writeAll(DiskFile target, Iterable<byte[]> lines) throws IOException {
    long written = 0;
    ByteArrayOutputStream buffer = new ByteArrayOutputStream(WRITE_BYTES);
    for (byte[] line : lines) {
      buffer.writeBytes(line);
      if (buffer.size() >= WRITE_BYTES) {
        target.write(written, buffer.toByteArray());
        written += buffer.size();
        buffer.reset();
      }
    }
    target.write(written, buffer.toByteArray());
    return written + buffer.size();
  }

  private static void discard(DiskFile rewritten, Path fresh, IOException failure) {
    try {
      rewritten.close();
      Files.deleteIfExists(fresh);
    } catch (IOException alsoFailed) {
      failure.addSuppressed(alsoFailed);
    }
  }

  private void setAside() throws IOException {
    Path kept = aside();
    Files.move(path, kept, StandardCopyOption.REPLACE_EXISTING);
    unread = false;
    log.atWarn()
        .addKeyValue("file", path)
        .addKeyValue("keptAs", kept.getFileName())
        .log("the journal that could not be read is set aside");
  }

  /// A free name for something that an operator may want to look at; the last one is used again
  /// when there are too many.
  private Path aside() {
    Path name = path.resolveSibling(path.getFileName() + ".damaged");
    for (int n = 2; n <= MAX_KEPT_ASIDE && Files.exists(name, LinkOption.NOFOLLOW_LINKS); n++) {
      name = path.resolveSibling(path.getFileName() + ".damaged-" + n);
    }
    return name;
  }

  private void closeFile() {
    DiskFile closing = file;
    file = null;
    if (closing == null) {
      return;
    }
    try {
      closing.close();
    } catch (IOException failure) {
      log.atDebug().addKeyValue("file", path).setCause(failure).log("closing a journal failed");
    }
  }

  @Override
  public void close() throws IOException {
    closeFile();
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }
}
