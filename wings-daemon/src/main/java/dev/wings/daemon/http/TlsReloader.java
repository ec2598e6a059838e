package dev.wings.daemon.http;

import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the certificate in use up to date (`threats.md` TL-01, TL-04). Looks every
/// [#CHECK_INTERVAL] whether the files behind the two paths are others than before, links followed,
/// so that renewals by rename, by link farm and in place are all seen, and reads them at least once
/// a day. A pair that does not validate is reported and leaves the old one in force; connections
/// that exist keep what they were opened with.
///
/// Looking at attributes was chosen over a `WatchService` because that sees neither a link swapped
/// above the watched directory nor changes on network file systems.
final class TlsReloader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsReloader.class);
  static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);
  private static final Duration RELOAD_INTERVAL = Duration.ofHours(24);
  private static final Duration EXPIRY_WARNING = Duration.ofDays(14);

  /// What identifies the content of a file without reading it.
  private record Version(@Nullable Object fileKey, long size, long modifiedNanos) {
    static Version of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Version(
          attributes.fileKey(),
          attributes.size(),
          attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS));
    }
  }

  private record Pair(Version certificate, Version key) {}

  private final Path certificate;
  private final Path key;
  private final InstantSource clock;
  private final Thread thread;

  private volatile TlsIdentity identity;
  private volatile boolean healthy = true;

  // Of the checking thread, and of whoever calls check().
  private @Nullable Pair seen;
  private Instant loadedAt;

  /// Reads the pair once.
  ///
  /// @throws IOException when it cannot be used: then the listener must not start
  TlsReloader(Path certificate, Path key, InstantSource clock) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.clock = clock;
    this.seen = version();
    this.identity = TlsIdentity.load(certificate, key);
    this.loadedAt = clock.instant();
    warnOfExpiry();
    this.thread = Thread.ofVirtual().name("tls-reload").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// For the next handshake.
  SslContext context() {
    return identity.context();
  }

  /// End of validity of the certificate in use.
  Instant expires() {
    return identity.expires();
  }

  /// False while the files hold a pair that cannot be used.
  boolean healthy() {
    return healthy;
  }

  /// For the operator, empty when all is well.
  Optional<String> problem() {
    if (!healthy) {
      return Optional.of("the certificate files cannot be used, the old certificate stays in use");
    }
    Duration left = Duration.between(clock.instant(), identity.expires());
    if (left.isNegative()) {
      return Optional.of("the certificate has expired at " + identity.expires());
    }
    return left.compareTo(EXPIRY_WARNING) < 0
        ? Optional.of("the certificate expires in " + left.toDays() + " days")
        : Optional.empty();
  }

  /// Looks at the files and takes a new pair into use when there is a valid one.
  synchronized void check() {
    try {
      Pair now = version();
      boolean due = !clock.instant().isBefore(loadedAt.plus(RELOAD_INTERVAL));
      if (Objects.equals(now, seen) && !due) {
        return;
      }
      seen = now;
      TlsIdentity loaded = TlsIdentity.load(certificate, key);
      Instant today = clock.instant();
      if (loaded.expires().isBefore(today) && identity.expires().isAfter(today)) {
        throw new IOException("the new certificate has expired at " + loaded.expires());
      }
      identity = loaded;
      loadedAt = today;
      healthy = true;
      log.atInfo().addKeyValue("expires", loaded.expires()).log("certificate loaded");
      warnOfExpiry();
    } catch (IOException unusable) {
      if (healthy || seen != null) {
        log.atError()
            .addKeyValue("reason", String.valueOf(unusable.getMessage()))
            .log("certificate cannot be loaded, the old one stays in use");
      }
      healthy = false;
      if (Files.notExists(certificate) || Files.notExists(key)) {
        seen = null;
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(CHECK_INTERVAL);
        check();
      } catch (InterruptedException closed) {
        return;
      } catch (RuntimeException failure) {
        log.atError().setCause(failure).log("certificate check failed, goes on");
      }
    }
  }

  private Pair version() throws IOException {
    return new Pair(Version.of(certificate), Version.of(key));
  }

  private void warnOfExpiry() {
    Instant expires = identity.expires();
    if (expires.isBefore(clock.instant().plus(EXPIRY_WARNING))) {
      log.atWarn().addKeyValue("expires", expires).log("certificate expires soon");
    }
  }
}
