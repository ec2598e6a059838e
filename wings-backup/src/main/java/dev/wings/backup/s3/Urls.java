package dev.wings.backup.s3;

import dev.wings.core.backup.PartUrls;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/// The signed URLs of one upload, by the number of the part. More are fetched when a part has none,
/// or one that has become too old.
final class Urls {
  /// URLs are valid for two hours. One that is about to expire could do so during the upload, when
  /// some storages just close the connection.
  private static final Duration FRESH = Duration.ofMinutes(100);

  /// Object storages know no more parts.
  static final int MAX_PARTS = 10_000;

  private final IntFunction<PartUrls> source;
  private final long partSize;
  private final LongSupplier nanoTime;

  /// Held while the Panel is asked, so that it is asked once for all parts that wait.
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<Integer, Signed> known = new HashMap<>(); // guarded by lock

  private record Signed(String url, long since) {}

  /// @param first URLs from part 1 on
  /// @param source of URLs from a part on
  Urls(PartUrls first, IntFunction<PartUrls> source, LongSupplier nanoTime) {
    this.source = source;
    this.partSize = first.partSize();
    this.nanoTime = nanoTime;
    keep(first, 1);
  }

  private void keep(PartUrls urls, int fromPart) {
    long now = nanoTime.getAsLong();
    for (int i = 0; i < urls.urls().size(); i++) {
      known.put(fromPart + i, new Signed(urls.urls().get(i), now));
    }
  }

  /// The URL of a part.
  ///
  /// @throws IOException when the Panel has none
  String of(int part) throws IOException {
    lock.lock();
    try {
      Signed signed = known.get(part);
      if (signed == null || nanoTime.getAsLong() - signed.since() > FRESH.toNanos()) {
        return fetch(part);
      }
      return signed.url();
    } finally {
      lock.unlock();
    }
  }

  /// A URL did not work any more.
  ///
  /// @return a new one, which another part's failure may have brought already
  String renewed(int part, String stale) throws IOException {
    lock.lock();
    try {
      Signed signed = known.get(part);
      return signed == null || signed.url().equals(stale) ? fetch(part) : signed.url();
    } finally {
      lock.unlock();
    }
  }

  private String fetch(int part) throws IOException {
    if (part > MAX_PARTS) {
      throw new IOException("the backup needs more than %d parts".formatted(MAX_PARTS));
    }
    PartUrls urls = source.apply(part);
    if (urls.urls().isEmpty()) {
      throw new IOException("the panel has no URL for part %d".formatted(part));
    }
    if (urls.partSize() != partSize) {
      throw new IOException("the panel changed the size of parts during an upload");
    }
    keep(urls, part);
    return urls.urls().getFirst();
  }

  /// A part is done.
  void forget(int part) {
    lock.lock();
    try {
      known.remove(part);
    } finally {
      lock.unlock();
    }
  }
}
