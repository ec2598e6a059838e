package dev.wings.backup.s3;

import static java.util.Objects.requireNonNull;

import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartSource;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.panel.PanelException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/// A Panel with a storage: signs URLs, completes uploads and aborts them, as the real one does
/// (`panel-remote-api.md` 2.16, 2.19, 2.20).
final class StoragePanel implements PartSource {
  private static final UUID SERVER = UUID.fromString("5e5e5e5e-0000-4000-8000-000000000001");

  private final StorageServer storage;
  private final boolean pterodactyl;
  private final Map<UUID, String> uploads = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<String> calls = new CopyOnWriteArrayList<>();
  private volatile String suffix = ".gz";
  private volatile long partSize = 1 << 20;
  private volatile int batch = 50;
  private volatile Duration valid = Duration.ofHours(2);

  /// @param pterodactyl whether it has to know the length of an archive first
  StoragePanel(StorageServer storage, boolean pterodactyl) {
    this.storage = storage;
    this.pterodactyl = pterodactyl;
  }

  StoragePanel suffix(String newSuffix) {
    suffix = newSuffix;
    return this;
  }

  StoragePanel partSize(long bytes) {
    partSize = bytes;
    return this;
  }

  /// URLs for each call.
  StoragePanel batch(int urls) {
    batch = urls;
    return this;
  }

  StoragePanel valid(Duration time) {
    valid = time;
    return this;
  }

  private String key(UUID backup) {
    return SERVER + "/" + backup + ".tar" + suffix;
  }

  private String upload(UUID backup) {
    return uploads.computeIfAbsent(backup, _ -> storage.beginUpload(key(backup)));
  }

  @Override
  public PartUrls parts(UUID backup, int fromPart) {
    calls.add("from " + fromPart);
    if (pterodactyl) {
      throw new PanelException(404, List.of("no such route"), null);
    }
    return urls(backup, fromPart, batch);
  }

  @Override
  public PartUrls allParts(UUID backup, long size) {
    calls.add("size " + size);
    if (!pterodactyl) {
      throw new PanelException(404, List.of("no such route"), null);
    }
    return urls(backup, 1, (int) ((size + partSize - 1) / partSize));
  }

  private PartUrls urls(UUID backup, int from, int count) {
    String upload = upload(backup);
    return new PartUrls(
        IntStream.range(from, from + count)
            .mapToObj(number -> storage.partUrl(upload, number, valid))
            .toList(),
        partSize);
  }

  List<String> calls() {
    return List.copyOf(calls);
  }

  /// A result has come in.
  void finished(UUID backup, BackupResult result) throws IOException {
    List<Map.Entry<Integer, String>> parts = new ArrayList<>();
    for (BackupPart part : result.parts()) {
      parts.add(Map.entry(part.number(), part.etag()));
    }
    storage.complete(requireNonNull(uploads.get(backup)), parts);
  }

  /// A failure has come in.
  void failed(UUID backup) throws IOException {
    String upload = uploads.get(backup);
    if (upload != null) {
      storage.abort(upload);
    }
  }

  String downloadUrl(UUID backup) {
    return storage.objectUrl(key(backup), Duration.ofHours(1));
  }
}
