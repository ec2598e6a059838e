package dev.wings.backup.tree;

import dev.wings.backup.driver.Verification;
import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.tree.TreePath;
import dev.wings.fs.tree.WorkCrew;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Reads every file of a tree. The file systems that have snapshots compare checksums whenever they
/// read, so that this finds what has rotted.
final class TreeVerification extends KeptEntries implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final OpenTree tree;
  private final Progress progress;
  private final WorkCrew crew;
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final List<String> faults = new ArrayList<>(); // guarded by this
  private final ThreadLocal<ByteBuffer> buffers =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  TreeVerification(OpenTree tree, int threads, Progress progress) {
    super(tree.hidden());
    this.tree = tree;
    this.progress = progress;
    this.crew = new WorkCrew("wings-backup-verify", threads);
  }

  Verification run() throws IOException {
    walk(tree.root(), /* threads= */ 1, crew::failed, progress);
    crew.finish();
    progress.check();
    synchronized (this) {
      return new Verification(files.sum(), bytes.sum(), faults);
    }
  }

  @Override
  boolean kept(TreePath path, Descriptor directory, byte[] name, EntryType type)
      throws IOException {
    switch (type) {
      case REGULAR -> {
        try {
          int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY | Linux.oNofollow();
          crew.run(new Piece(path, Linux.openat(directory, name, flags, 0)));
        } catch (LinuxException unreadable) {
          fault(text(path), unreadable);
        }
      }
      case SYMLINK -> {
        files.increment();
        bytes.add(Linux.readlinkat(directory, name).length);
      }
      case DIRECTORY, FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE, UNKNOWN -> {
        // nothing to read
      }
    }
    return true;
  }

  @Override
  public void failed(byte[] name, IOException failure) {
    fault(NameCodec.decode(name), failure);
  }

  private synchronized void fault(String name, IOException failure) {
    if (faults.size() < Verification.MAX_FAULTS) {
      faults.add(name + ": " + failure.getMessage());
    }
  }

  @Override
  public void close() {
    crew.close();
  }

  private final class Piece implements WorkCrew.Piece {
    private final TreePath path;
    private final Descriptor file;

    Piece(TreePath path, Descriptor file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void run() {
      try (file) {
        read(Linux.statx(file).size());
        files.increment();
      } catch (IOException unreadable) {
        fault(text(path), unreadable);
      }
    }

    private void read(long size) throws IOException {
      ByteBuffer buffer = buffers.get();
      for (long position = 0; position < size && !progress.cancelled(); ) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), size - position));
        int read = Linux.pread(file, buffer, position);
        if (read == 0) {
          throw new IOException("ends after %d of %d bytes".formatted(position, size));
        }
        position += read;
        bytes.add(read);
        progress.addBytes(read);
      }
    }

    @Override
    public void dropped() {
      file.close();
    }
  }
}
