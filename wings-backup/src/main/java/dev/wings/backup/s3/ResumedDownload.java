package dev.wings.backup.s3;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.fs.pull.FetchException;
import dev.wings.fs.pull.FetchResponse;
import dev.wings.fs.pull.GuardedHttpClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An object of the storage as a stream. When the connection ends early it goes on with a new
/// request for the rest, as long as that is the same object.
final class ResumedDownload extends InputStream {
  private static final int PARTIAL = 206;
  private static final int OK = 200;
  private static final int CLIENT_ERRORS = 400;
  private static final int SERVER_ERRORS = 500;

  /// So many bytes without a fault make earlier ones forgotten.
  private static final long FORGIVEN_AFTER = 16 << 20;

  private static final Logger log = LoggerFactory.getLogger(ResumedDownload.class);

  private final GuardedHttpClient client;
  private final String url;
  private final Limits limits;
  private final Consumer<Duration> pause;
  private final LongSupplier nanoTime;
  private final OptionalLong length;
  private final Optional<String> etag;

  private FetchResponse response;
  private long since;
  private long position;
  private long resumedAt;
  private int faults;

  /// @param timeout of one request; the rest then comes with another
  /// @param attempts for a place at which the connection broke
  record Limits(Duration timeout, int attempts) {}

  private ResumedDownload(
      GuardedHttpClient client,
      String url,
      Limits limits,
      Consumer<Duration> pause,
      LongSupplier nanoTime,
      FetchResponse first)
      throws FetchException {
    this.client = client;
    this.url = url;
    this.limits = limits;
    this.pause = pause;
    this.nanoTime = nanoTime;
    this.response = first;
    this.since = nanoTime.getAsLong();
    this.length = first.contentLength();
    this.etag = first.header("etag");
  }

  /// Asks for the object.
  ///
  /// @param pause waits between attempts
  /// @throws IOException when the storage does not have it, or must not be asked
  static ResumedDownload open(
      GuardedHttpClient client,
      String url,
      Limits limits,
      Consumer<Duration> pause,
      LongSupplier nanoTime)
      throws IOException, InterruptedException {
    FetchResponse first = client.get(url);
    boolean opened = false;
    try {
      if (!first.successful()) {
        throw new IOException("the storage answered " + first.status() + " to the download");
      }
      ResumedDownload download = new ResumedDownload(client, url, limits, pause, nanoTime, first);
      opened = true;
      return download;
    } finally {
      if (!opened) {
        first.close();
      }
    }
  }

  /// Bytes of the object, if the storage has told.
  OptionalLong length() {
    return length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    while (true) {
      try {
        if (nanoTime.getAsLong() - since > limits.timeout().toNanos()) {
          throw new InterruptedIOException("the download takes too long for one request");
        }
        int got = response.body().read(target, offset, count);
        if (got > 0) {
          position += got;
        }
        return got;
      } catch (FetchException | InterruptedIOException broken) {
        resume(broken);
      }
    }
  }

  private void resume(IOException broken) throws IOException {
    if (position - resumedAt >= FORGIVEN_AFTER) {
      faults = 0;
    }
    resumedAt = position;
    IOException failure = broken;
    while (true) {
      response.close();
      if (Thread.currentThread().isInterrupted() || ++faults > limits.attempts()) {
        throw failure;
      }
      log.atDebug()
          .addKeyValue("position", position)
          .addKeyValue("reason", failure.getMessage())
          .log("the download of a backup broke, the rest is asked for");
      pause.accept(Duration.ofSeconds((long) faults * faults));
      try {
        response = client.get(url, position);
        since = nanoTime.getAsLong();
        if (accepted()) {
          return;
        }
        failure = new IOException("the storage answered " + response.status() + " to the download");
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        throw broken;
      } catch (FetchException unreachable) {
        failure = unreachable;
      }
    }
  }

  /// Whether the answer is the rest of the same object.
  ///
  /// @return false when it is worth another attempt
  private boolean accepted() throws IOException {
    int status = response.status();
    if (status >= CLIENT_ERRORS && status < SERVER_ERRORS) {
      throw new IOException("the storage does not give the rest of the backup: " + status);
    }
    if (status != PARTIAL && status != OK) {
      return false;
    }
    Optional<String> now = response.header("etag");
    if (etag.isPresent() && now.isPresent() && !now.equals(etag)) {
      throw new DamagedBackupException("the backup was exchanged while it was downloaded");
    }
    if (status == OK) {
      response.body().skipNBytes(position); // a storage without ranges
    } else if (response
        .header("content-range")
        .filter(range -> range.startsWith("bytes " + position + "-"))
        .isEmpty()) {
      throw new IOException("the storage answered with another range than was asked for");
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    response.close();
  }
}
