package dev.wings.backup.transfer;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/// A new file whose SHA-256 is known when it has been written: it is taken from the bytes as they
/// pass, and only a file that was written out of order is read again. For one thread.
public final class HashedFile implements SeekableByteChannel {
  private static final int READ_BYTES = 256 << 10;

  private final FileChannel channel;
  private final Pace pace;
  private final Progress progress;
  private final MessageDigest digest = sha256();
  private long hashed;
  private boolean disturbed;

  private HashedFile(FileChannel channel, Pace pace, Progress progress) {
    this.channel = channel;
    this.pace = pace;
    this.progress = progress;
  }

  /// Creates a file, or empties one that an earlier attempt has left.
  ///
  /// @param pace of the writing
  /// @param progress asked whether to end
  public static HashedFile create(Path file, Pace pace, Progress progress) throws IOException {
    requireNonNull(pace, "pace");
    requireNonNull(progress, "progress");
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    return new HashedFile(channel, pace, progress);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    ByteBuffer view = source.duplicate();
    long at = channel.position();
    int written = channel.write(source);
    if (at == hashed) {
      digest.update(view.limit(view.position() + written));
      hashed += written;
    } else {
      disturbed = true;
    }
    pace.took(written, progress);
    return written;
  }

  /// Waits until the file is on the disk.
  public void force() throws IOException {
    channel.force(/* metaData= */ true);
  }

  /// The checksum of the whole file in hexadecimal. Ends the writing.
  public String sha256Hex() throws IOException {
    if (!disturbed && hashed == channel.size()) {
      return HexFormat.of().formatHex(digest.digest());
    }
    return sha256Hex(channel, Pace.free(), progress);
  }

  /// The checksum of a file in hexadecimal.
  public static String sha256Hex(Path file, Pace pace, Progress progress) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return sha256Hex(channel, pace, progress);
    }
  }

  private static String sha256Hex(FileChannel channel, Pace pace, Progress progress)
      throws IOException {
    MessageDigest whole = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
    for (long at = 0; ; ) {
      progress.check();
      int read = channel.read(buffer.clear(), at);
      if (read < 0) {
        return HexFormat.of().formatHex(whole.digest());
      }
      whole.update(buffer.flip());
      at += read;
      pace.took(read, progress);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public long position() throws IOException {
    return channel.position();
  }

  @Override
  public HashedFile position(long newPosition) throws IOException {
    channel.position(newPosition);
    return this;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public HashedFile truncate(long size) throws IOException {
    disturbed = true;
    channel.truncate(size);
    return this;
  }

  @Override
  public int read(ByteBuffer target) {
    throw new NonReadableChannelException();
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
