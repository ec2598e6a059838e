package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.DirectoryReader;
import dev.wings.fs.linux.LinuxException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A listing that holds one buffer, however many entries there are.
final class SandboxDirectoryStream implements DirectoryStream<Path> {
  private final SandboxPath directory;
  private final Descriptor open;
  private final DirectoryStream.Filter<? super Path> filter;
  private final AtomicBoolean started = new AtomicBoolean();

  /// @param open closed with this stream
  SandboxDirectoryStream(
      SandboxPath directory, Descriptor open, DirectoryStream.Filter<? super Path> filter) {
    this.directory = directory;
    this.open = open;
    this.filter = filter;
  }

  @Override
  public Iterator<Path> iterator() {
    if (!open.isOpen() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("closed, or iterated already");
    }
    return new Entries(new DirectoryReader(open));
  }

  @Override
  public void close() {
    open.close();
  }

  private final class Entries implements Iterator<Path> {
    private final DirectoryReader reader;
    private @Nullable Path next;
    private boolean ended;

    Entries(DirectoryReader reader) {
      this.reader = reader;
    }

    @Override
    public synchronized boolean hasNext() {
      while (next == null && !ended && open.isOpen()) {
        try {
          Optional<DirectoryReader.Entry> entry = reader.next();
          ended = entry.isEmpty();
          if (entry.isPresent()) {
            Path path = directory.child(entry.get().name());
            next = filter.accept(path) ? path : null;
          }
        } catch (LinuxException e) {
          if (open.isOpen()) { // else closed meanwhile, which ends the iteration
            throw new DirectoryIteratorException(e.forFile(directory.toString()));
          }
        } catch (IOException e) {
          throw new DirectoryIteratorException(e);
        }
      }
      return next != null;
    }

    @Override
    public synchronized Path next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      Path result = next;
      next = null;
      return result;
    }
  }
}
