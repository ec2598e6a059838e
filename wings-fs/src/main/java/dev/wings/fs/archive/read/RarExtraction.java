package dev.wings.fs.archive.read;

import com.github.junrar.Archive;
import com.github.junrar.ArchiveOptions;
import com.github.junrar.exception.CrcErrorException;
import com.github.junrar.exception.MissingNextVolumeException;
import com.github.junrar.exception.MissingPreviousVolumeException;
import com.github.junrar.exception.RarException;
import com.github.junrar.exception.UnsupportedDictionarySizeException;
import com.github.junrar.exception.UnsupportedRarEncryptedException;
import com.github.junrar.exception.WrongPasswordException;
import com.github.junrar.rarfile.FileHeader;
import com.github.junrar.rarfile.rar5.Rar5RedirType;
import com.github.junrar.rarfile.rar5.Rar5Redirection;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.fs.sandbox.DiskLimitException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Extracts RAR archives of versions 1.5 to 7 in one volume, one file after the other, since each
/// may need the ones before it. Modes are not restored; of links only hard ones are.
final class RarExtraction {
  /// The library looks through all headers for each file.
  private static final int MOST_ENTRIES = 200_000;

  private final Archive archive;
  private final Target target;

  private RarExtraction(Archive archive, Target target) {
    this.archive = archive;
    this.target = target;
  }

  static void run(ArchiveFile file, Target target) throws IOException {
    Guard guard = target.guard();
    ArchiveOptions options =
        ArchiveOptions.builder().maxDictionarySize(guard.limits().decoderBytes()).build();
    RarChannel.Opening opening = new RarChannel.Opening(guard.limits());
    try (Archive archive = new Archive(RarChannel.volumes(file, guard, opening), options)) {
      opening.finish();
      new RarExtraction(archive, target).run();
    } catch (RarException | IOException | RuntimeException e) {
      throw translated(e, guard.limits().decoderBytes());
    }
  }

  private void run() throws IOException, RarException {
    Guard guard = target.guard();
    if (archive.isEncrypted()) {
      throw new ArchiveException("the rar file is encrypted");
    }
    List<FileHeader> headers = archive.getFileHeaders();
    if (headers.size() > MOST_ENTRIES) {
      throw new ArchiveLimitException(
          "the rar file has more than %d entries".formatted(MOST_ENTRIES));
    }
    guard.announced(headers.size());
    inspect(headers);
    for (FileHeader header : headers) {
      Optional<EntryName> name = target.name(name(header));
      if (name.isPresent()) {
        extract(header, name.get());
      }
    }
  }

  private void inspect(List<FileHeader> headers) throws IOException {
    target.guard().kept((long) NameSet.MOST_BYTES_PER_NAME * headers.size());
    NameSet names = new NameSet();
    long total = 0;
    for (FileHeader header : headers) {
      Optional<EntryName> name = EntryName.parse(name(header));
      String display = name.map(EntryName::display).orElse("?");
      if (header.isEncrypted()) {
        throw new ArchiveException("'%s' is encrypted".formatted(display));
      }
      if (header.isSplitBefore() || header.isSplitAfter()) {
        throw new ArchiveException("rar files in several parts are not supported");
      }
      if (!header.isDirectory() && name.isPresent() && !names.add(name.get().key())) {
        throw new ArchiveException("the archive has two entries '%s'".formatted(display));
      }
      long size = Math.max(0, header.getFullUnpackSize());
      total = total + size < 0 ? Long.MAX_VALUE : total + size;
    }
    target.guard().progress().expect(total);
  }

  /// Before version 5 names are separated by backslashes, by definition of the format; there a
  /// backslash can be no part of a name. From then on it is an ordinary character.
  private static byte[] name(FileHeader header) {
    String name = header.getFileName() == null ? "" : header.getFileName();
    return (header.isRar5Container() ? name : name.replace('\\', '/'))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void extract(FileHeader header, EntryName name) throws IOException, RarException {
    if (header.isDirectory()) {
      target.directory(name, attributes(header));
      return;
    }
    @Nullable Rar5Redirection redirection = header.getRedirection();
    if (redirection != null && redirection.getType() != Rar5RedirType.NONE) {
      redirected(redirection, name);
      return;
    }
    Optional<FileSink> sink = target.file(name, attributes(header));
    if (sink.isEmpty()) {
      return;
    }
    try (FileSink file = sink.get()) {
      archive.extractFile(header, new CountedOutput(file, target.guard().progress()));
      long expected = header.getFullUnpackSize();
      if (!header.isUnpSizeUnknown() && file.position() != expected) {
        throw new ArchiveException(
            "'%s' is not as large as the archive says (%d bytes)"
                .formatted(name.display(), expected));
      }
      target.commit(file, name);
    }
  }

  private void redirected(Rar5Redirection redirection, EntryName name) throws IOException {
    switch (redirection.getType()) {
      case HARDLINK ->
          target.hardLink(name, redirection.getTarget().getBytes(StandardCharsets.UTF_8));
      case FILE_COPY ->
          throw new ArchiveException(
              "'%s' is stored as a copy of another entry, which is not supported"
                  .formatted(name.display()));
      case NONE, UNIX_SYMLINK, WIN_SYMLINK, JUNCTION -> target.dropped();
    }
  }

  private static EntryAttributes attributes(FileHeader header) {
    if (header.getLastModifiedTime() == null) {
      return EntryAttributes.NONE;
    }
    Instant time = header.getLastModifiedTime().toInstant();
    if (!header.isRar5Container()) { // local time there, which the library takes for its own zone
      time = LocalDateTime.ofInstant(time, ZoneId.systemDefault()).toInstant(ZoneOffset.UTC);
    }
    return new EntryAttributes(OptionalInt.empty(), Optional.of(time));
  }

  /// The library hides what its output throws, several layers deep.
  private static IOException translated(Exception failure, long memoryBytes) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable at = failure; at != null && chain.size() < 16; at = at.getCause()) {
      chain.add(at);
    }
    for (Throwable at : chain) {
      if (at instanceof OperationAbortedException aborted) {
        throw aborted;
      }
      if (at instanceof IOException own
          && (own instanceof ArchiveException
              || own instanceof DiskLimitException
              || own instanceof FileSystemException
              || own instanceof ClosedChannelException)) {
        return own;
      }
    }
    return switch (failure) {
      case WrongPasswordException e -> new ArchiveException("the rar file is encrypted", e);
      case UnsupportedRarEncryptedException e ->
          new ArchiveException("the rar file is encrypted", e);
      case MissingNextVolumeException e -> parts(e);
      case MissingPreviousVolumeException e -> parts(e);
      case UnsupportedDictionarySizeException e ->
          new ArchiveLimitException(
              "the rar data needs more than %d MiB of memory".formatted(memoryBytes >> 20), e);
      case CrcErrorException e ->
          new ArchiveException("the rar file is damaged: wrong checksum", e);
      case Exception e -> new ArchiveException("the rar file is damaged or of an unknown kind", e);
    };
  }

  private static ArchiveException parts(Exception cause) {
    return new ArchiveException("rar files in several parts are not supported", cause);
  }
}
