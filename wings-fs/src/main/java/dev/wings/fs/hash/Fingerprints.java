package dev.wings.fs.hash;

import dev.wings.core.operation.Progress;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.tree.WorkCrew;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;

/// Computes fingerprints of many files at a time (`filesystem.md` 20). Files that do not exist, are
/// hidden, are not regular or cannot be read have none; that is no error.
public final class Fingerprints {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final FingerprintAlgorithm algorithm;
  private final Progress progress;
  private final BooleanSupplier cancelled;

  private Fingerprints(
      FingerprintAlgorithm algorithm, Progress progress, BooleanSupplier cancelled) {
    this.algorithm = algorithm;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /// Reads the files to their ends.
  ///
  /// @param files places by the names that the result has for them
  /// @param threads at most so many files at a time; 0 is one per core
  /// @param progress counts bytes and files
  /// @param cancelled asked before each piece of a file
  /// @return fingerprints in the order of `files`
  /// @throws WalkCancelledException when `cancelled` said so
  public static Map<String, String> of(
      Map<String, Location> files,
      FingerprintAlgorithm algorithm,
      int threads,
      Progress progress,
      BooleanSupplier cancelled)
      throws IOException {
    Fingerprints fingerprints = new Fingerprints(algorithm, progress, cancelled);
    Map<String, String> found = new HashMap<>(); // guarded by itself
    try (WorkCrew crew =
        new WorkCrew("wings-fingerprints", Math.min(threads, Math.max(1, files.size())))) {
      files.forEach((name, location) ->
          crew.run(() ->
              fingerprints
                  .find(location)
                  .ifPresent(value -> {
                    synchronized (found) {
                      found.put(name, value);
                    }
                  })));
      crew.finish();
    }
    Map<String, String> ordered = new LinkedHashMap<>();
    for (String name : files.keySet()) {
      String value = found.get(name);
      if (value != null) {
        ordered.put(name, value);
      }
    }
    return ordered;
  }

  private Optional<String> find(Location location) throws WalkCancelledException {
    try {
      if (location.hidden() || !Files.isRegularFile(location.path())) {
        return Optional.empty();
      }
      Optional<String> value = compute(location);
      progress.addFile();
      return value;
    } catch (WalkCancelledException ended) {
      throw ended;
    } catch (IOException unreadable) { // left out, as the document says
      return Optional.empty();
    }
  }

  private Optional<String> compute(Location location) throws IOException {
    return switch (algorithm) {
      case MD5, SHA1, SHA224, SHA256, SHA384, SHA512 -> Optional.of(digest(location));
      case CRC32 -> {
        CRC32 crc = new CRC32();
        read(location, (bytes, size) -> crc.update(bytes, 0, size));
        yield Optional.of(Long.toHexString(crc.getValue()));
      }
      case CURSEFORGE -> curseForge(location);
    };
  }

  private String digest(Location location) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm.digest());
      read(location, (bytes, size) -> digest.update(bytes, 0, size));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm.digest(), e);
    }
  }

  /// The first pass finds the number of bytes that count. A file that changes meanwhile has no
  /// fingerprint.
  private Optional<String> curseForge(Location location) throws IOException {
    long[] length = {0};
    read(location, (bytes, size) -> length[0] += CurseForgeHash.count(bytes, size));
    CurseForgeHash hash = new CurseForgeHash(length[0]);
    read(location, hash::update);
    return hash.complete() ? Optional.of(Long.toString(hash.value())) : Optional.empty();
  }

  @FunctionalInterface
  private interface Sink {
    void accept(byte[] bytes, int size);
  }

  private void read(Location location, Sink sink) throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try (ReadableByteChannel channel = Files.newByteChannel(location.path())) {
      while (true) {
        if (cancelled.getAsBoolean()) {
          throw new WalkCancelledException();
        }
        int size = channel.read(buffer.clear());
        if (size < 0) {
          return;
        }
        progress.addBytes(size);
        sink.accept(bytes, size);
      }
    }
  }
}
