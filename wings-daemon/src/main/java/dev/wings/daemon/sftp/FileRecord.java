package dev.wings.daemon.sftp;

import dev.wings.fs.revision.Edit;
import dev.wings.fs.revision.Revisions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The history of files that one connection changes (`sftp.md` 12, `filesystem.md` 21): contents
/// from before and after an edit, also when an editor saves by removing a file and renaming another
/// one to its name. Used inside the work on files.
final class FileRecord {
  private static final Logger log = LoggerFactory.getLogger(FileRecord.class);

  /// How long the content of a removed file is remembered.
  private static final Duration MEMORY = Duration.ofSeconds(1);

  /// Each has at most the size that the history takes.
  private static final int MAX_REMOVED = 8;

  private final Member member;
  private final Revisions revisions;
  private final LongSupplier nanoTime;
  private final Map<String, Removed> removed = new LinkedHashMap<>(); // guarded by this

  private record Removed(Edit edit, long atNanos) {}

  FileRecord(Member member, Revisions revisions, LongSupplier nanoTime) {
    this.member = member;
    this.revisions = revisions;
    this.nanoTime = nanoTime;
  }

  private Path root() {
    return member.server().volume().root();
  }

  /// A file is about to be changed in place.
  dev.wings.sftp.files.Edit changing(Path file) {
    Optional<Edit> begun = revisions.begin(member.server().id(), root(), file);
    return begun.isEmpty()
        ? dev.wings.sftp.files.Edit.UNRECORDED
        : written -> {
          if (written) {
            complete(begun.get(), file);
          }
        };
  }

  private void complete(Edit edit, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] part = new byte[64 << 10];
      int n = in.read(part);
      while (n >= 0 && edit.append(ByteBuffer.wrap(part, 0, n))) {
        n = in.read(part);
      }
    } catch (NoSuchFileException gone) {
      log.atDebug().addKeyValue("server", member.server().id()).log("an edited file is gone");
      return;
    }
    edit.complete(Optional.of(member.user()));
  }

  /// A file is about to be removed.
  void removing(Path file) {
    Optional<Edit> begun = revisions.begin(member.server().id(), root(), file);
    synchronized (this) {
      forgetOld();
      begun.ifPresent(edit -> {
        removed.put(key(file), new Removed(edit, nanoTime.getAsLong()));
        if (removed.size() > MAX_REMOVED) {
          removed.remove(removed.keySet().iterator().next());
        }
      });
    }
  }

  void deleted(Path entry) {
    revisions.deleted(member.server().id(), key(entry));
  }

  /// What takes the place of a file that was just removed is an edit of it.
  void renamed(Path from, Path to) {
    revisions.renamed(member.server().id(), key(from), key(to));
    Optional<Removed> before;
    synchronized (this) {
      forgetOld();
      before = Optional.ofNullable(removed.remove(key(to)));
    }
    if (before.isPresent() && Files.isRegularFile(to)) {
      try {
        complete(before.get().edit(), to);
      } catch (IOException unreadable) {
        log.atDebug()
            .addKeyValue("server", member.server().id())
            .setCause(unreadable)
            .log("the content after an edit could not be read");
      }
    }
  }

  private void forgetOld() {
    long now = nanoTime.getAsLong();
    removed.values().removeIf(file -> now - file.atNanos() > MEMORY.toNanos());
  }

  /// The name in the history: of the entry itself, with the links above it resolved.
  private String key(Path entry) {
    Path parent = entry.getParent();
    Path name = entry.getFileName();
    if (parent == null || name == null) {
      return "";
    }
    try {
      return root().relativize(parent.toRealPath().resolve(name)).toString();
    } catch (IOException gone) {
      return root().relativize(entry).toString();
    }
  }
}
