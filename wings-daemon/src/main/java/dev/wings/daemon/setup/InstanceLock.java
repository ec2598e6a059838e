package dev.wings.daemon.setup;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// One daemon per data directory (`threats.md` ST-03). The kernel holds the lock, so a file left by
/// a crash blocks nobody.
public final class InstanceLock implements AutoCloseable {
  private final FileChannel channel;

  private InstanceLock(FileChannel channel) {
    this.channel = channel;
  }

  /// @param root `system.root_directory`, which exists
  /// @throws WingsException kind CONFLICT when another daemon holds it
  public static InstanceLock take(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(
            root.resolve("wings.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new InstanceLock(channel);
      }
    } catch (OverlappingFileLockException held) {
      channel.close();
      throw taken(root, held);
    }
    channel.close();
    throw taken(root, null);
  }

  private static WingsException taken(
      Path root, @org.jspecify.annotations.Nullable Throwable cause) {
    return new WingsException(ErrorKind.CONFLICT, "another daemon already works on " + root, cause);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
