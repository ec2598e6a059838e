package dev.wings.sftp.subsystem;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;

/// `check-file` and `check-file-name` (`sftp.md` 11.1).
final class ChecksumRequests {
  private static final int EXTENDED_REPLY = 201;
  private static final int BLOCK_BYTES = 64 << 10;

  private final ClientPaths paths;
  private final Attributes attributes;
  private final Handles handles;
  private final BooleanSupplier cancelled;

  ChecksumRequests(
      ClientPaths paths, Attributes attributes, Handles handles, BooleanSupplier cancelled) {
    this.paths = paths;
    this.attributes = attributes;
    this.handles = handles;
    this.cancelled = cancelled;
  }

  ByteBuffer ofHandle(int id, Fields in) throws IOException {
    Path path = handles.file(in.string()).path();
    if (paths.hidden(path)) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    return check(id, path, in);
  }

  ByteBuffer ofName(int id, Fields in) throws IOException {
    byte[] name = in.string();
    return check(id, paths.visible(name), in);
  }

  private ByteBuffer check(int id, Path path, Fields in) throws IOException {
    String wished = new String(in.string(), StandardCharsets.ISO_8859_1);
    int comma = wished.indexOf(',');
    String algorithm = comma < 0 ? wished : wished.substring(0, comma);
    long offset = in.u64();
    long length = in.u64();
    if (offset < 0 || length < 0) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    MessageDigest digest = digest(algorithm);
    if (!attributes.followed(path).isRegularFile()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      update(digest, file, offset, length == 0 ? Long.MAX_VALUE : length);
    }
    return Reply.of(EXTENDED_REPLY, id)
        .string(algorithm.getBytes(StandardCharsets.US_ASCII))
        .raw(digest.digest())
        .packet();
  }

  private void update(MessageDigest digest, FileChannel file, long offset, long length)
      throws IOException {
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    long done = 0;
    while (done < length) {
      if (cancelled.getAsBoolean()) {
        throw new StatusException(Status.FAILURE);
      }
      block.clear().limit((int) Math.min(BLOCK_BYTES, length - done));
      int count = file.read(block, offset + done);
      if (count <= 0) {
        return;
      }
      digest.update(block.flip());
      done += count;
    }
  }

  private static MessageDigest digest(String algorithm) throws StatusException {
    String name =
        switch (algorithm) {
          case "crc32" -> "";
          case "md5" -> "MD5";
          case "sha1" -> "SHA-1";
          case "sha224" -> "SHA-224";
          case "sha256" -> "SHA-256";
          case "sha384" -> "SHA-384";
          case "sha512" -> "SHA-512";
          default -> throw new StatusException(Status.BAD_MESSAGE);
        };
    try {
      return name.isEmpty() ? new Crc32Digest() : MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + name, e);
    }
  }

  /// CRC-32 as four bytes, the most significant first.
  private static final class Crc32Digest extends MessageDigest {
    private final CRC32 crc = new CRC32();

    Crc32Digest() {
      super("CRC32");
    }

    @Override
    protected void engineUpdate(byte input) {
      crc.update(input);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
      crc.update(input, offset, length);
    }

    @Override
    protected byte[] engineDigest() {
      byte[] result = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
      engineReset();
      return result;
    }

    @Override
    protected void engineReset() {
      crc.reset();
    }
  }
}
