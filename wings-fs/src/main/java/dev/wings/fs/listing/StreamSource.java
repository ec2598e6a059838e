package dev.wings.fs.listing;

import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.listing.MediaTypes.Head;
import dev.wings.fs.sandbox.NameCodec;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// A directory inside an archive or a backup, by the interfaces of the JDK.
final class StreamSource implements DirectorySource {
  private final Path directory;
  private final DirectoryStream<Path> stream;
  private final Iterator<Path> entries;

  @SuppressWarnings("StreamResourceLeak") // closed with this source
  StreamSource(Path directory) throws IOException {
    this.directory = directory.toRealPath();
    this.stream = Files.newDirectoryStream(this.directory);
    this.entries = stream.iterator();
  }

  @Override
  public Path real() {
    return directory;
  }

  @Override
  public @Nullable Named next() throws IOException {
    try {
      if (!entries.hasNext()) {
        return null;
      }
      Path entry = entries.next();
      byte[] name = NameCodec.encode(String.valueOf(entry.getFileName()));
      return new Named(name, Statuses.of(entry, LinkOption.NOFOLLOW_LINKS).type());
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public FileStatus status(byte[] name) throws IOException {
    return Statuses.of(path(name), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public Head head(byte[] name, FileStatus status) throws IOException {
    return DirectoryEntries.head(path(name));
  }

  @Override
  public Path path(byte[] name) {
    return directory.resolve(NameCodec.decode(name));
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
