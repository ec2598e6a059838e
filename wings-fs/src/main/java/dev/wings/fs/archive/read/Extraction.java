package dev.wings.fs.archive.read;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.Compression;
import dev.wings.fs.archive.read.ArchiveType.Kind;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;

/// Extracts one archive, or decompresses one file, into a directory (`filesystem.md` 15).
///
/// **Names.** An entry whose name climbs (`..`), is absolute or has a drive is skipped; so is one
/// that users must not have. Nothing is ever written outside of the directory or through a link of
/// the archive: links are made last.
///
/// **What is there already.** Files are overwritten; a link, a FIFO or one of several names of a
/// file is replaced by the file. A directory in place of a file, or the other way round, ends the
/// extraction. In a tar archive a later entry of the same name counts, as tar itself has it; in
/// other formats two entries of one name end the extraction before anything is written.
///
/// **When it fails.** A file that is not complete is removed, always. After an ordinary failure
/// (damage, the disk limit, an abort) what was complete stays. After an [ArchiveLimitException]
/// everything that the extraction has made is removed again, so that a bomb leaves nothing behind;
/// only files that were there before, and were overwritten already, keep their new content.
///
/// The calling thread works as well; what it waits for ends within a second when the progress is
/// cancelled.
public final class Extraction implements Closeable {
  private final ArchiveFile file;
  private final ArchiveType type;
  private final byte[] stem;
  private final EntryAttributes own;
  private final ExtractionLimits limits;
  private final int threads;

  private Extraction(
      ArchiveFile file,
      ArchiveType type,
      byte[] stem,
      EntryAttributes own,
      ExtractionLimits limits,
      int threads) {
    this.file = file;
    this.type = type;
    this.stem = stem;
    this.own = own;
    this.limits = limits;
    this.threads = threads;
  }

  /// Opens an archive, finds out what it is and refuses what cannot be extracted.
  ///
  /// @param archive a regular file of any file system
  /// @param threads that decompress and write; 0 takes one for each core
  /// @throws ArchiveException for formats that are not supported and names that cannot be
  ///   decompressed to another one
  /// @throws IOException when the file cannot be opened
  public static Extraction open(Path archive, int threads, ExtractionLimits limits)
      throws IOException {
    requireNonNull(limits, "limits");
    int used = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    ArchiveFile file = ArchiveFile.open(archive);
    boolean done = false;
    try {
      byte[] head = file.head();
      ArchiveType type = ArchiveType.of(head, file.name());
      refuse(type, head);
      EntryAttributes own = EntryAttributes.NONE;
      byte[] stem = {};
      if (type.kind() == Kind.SINGLE) {
        stem = stem(archive, file.name());
        own = attributes(archive);
      }
      Extraction extraction = new Extraction(file, type, stem, own, limits, used);
      done = true;
      return extraction;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  /// A tar archive that comes as a stream, such as one that is being downloaded.
  ///
  /// @param in closed with the result
  /// @param bytes of the stream, as far as they are known
  /// @param threads that write; 0 takes one for each core
  public static Extraction ofTar(
      InputStream in,
      OptionalLong bytes,
      Compression compression,
      int threads,
      ExtractionLimits limits) {
    return new Extraction(
        ArchiveFile.of(requireNonNull(in, "in"), bytes.orElse(0)),
        new ArchiveType(Kind.TAR, compression),
        new byte[0],
        EntryAttributes.NONE,
        requireNonNull(limits, "limits"),
        threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
  }

  private static void refuse(ArchiveType type, byte[] head) throws ArchiveException {
    if (type.kind() == Kind.DDUP || type.kind() == Kind.PXAR) {
      throw new ArchiveException("%s archives are not supported".formatted(type.kind().label()));
    }
    Optional<String> refused =
        type.kind() == Kind.SINGLE ? ArchiveType.refused(head) : Optional.empty();
    if (refused.isPresent()) {
      throw new ArchiveException("%s archives are not supported".formatted(refused.get()));
    }
  }

  private static byte[] stem(Path archive, String name) throws ArchiveException {
    String stem = ArchiveType.stem(name);
    if (stem.equals(name)) {
      throw new ArchiveException(
          "'%s' is no archive, and its name has no extension to drop".formatted(name));
    }
    return archive.getFileSystem() instanceof Sandbox sandbox
        ? Sandbox.bytesOf(sandbox.getPath(stem))
        : stem.getBytes(StandardCharsets.UTF_8);
  }

  private static EntryAttributes attributes(Path archive) throws IOException {
    int mode = 0;
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(archive);
    for (PosixFilePermission permission : permissions) {
      mode |= 0400 >> permission.ordinal();
    }
    return EntryAttributes.of(mode, Files.getLastModifiedTime(archive).toInstant());
  }

  /// What the archive is.
  public ArchiveType type() {
    return type;
  }

  /// Extracts everything. Can be called once.
  ///
  /// @param destination an existing directory
  /// @param root directory that the filter's paths are relative to, above the destination or equal
  /// @param filter what users may have
  /// @throws NotDirectoryException when the destination is none
  /// @throws ArchiveLimitException after which nothing is left behind
  /// @throws ArchiveException for a damaged archive
  /// @throws dev.wings.fs.sandbox.DiskLimitException when the disk limit is reached
  /// @throws dev.wings.core.operation.OperationAbortedException when it was cancelled
  /// @throws IOException when files cannot be written
  public ExtractionResult run(Path destination, Path root, PathFilter filter, Progress progress)
      throws IOException {
    return run(destination, root, filter, progress, Optional.empty());
  }

  /// Extracts everything of an archive that this daemon has made itself, so that the tree becomes
  /// what it was: symbolic links get exactly the contents they had, wherever those lead, and every
  /// name that a file can have is one. An entry that is damaged alone, or that the file system
  /// refuses, is left out; everything else that [#run] throws ends this as well. Can be called
  /// once.
  ///
  /// @param destination an existing, empty directory, which the filter's paths are relative to
  public ExtractionResult restore(
      Path destination, PathFilter filter, Progress progress, RestoreWatch watch)
      throws IOException {
    return run(destination, destination, filter, progress, Optional.of(watch));
  }

  private ExtractionResult run(
      Path destination,
      Path root,
      PathFilter filter,
      Progress progress,
      Optional<RestoreWatch> watch)
      throws IOException {
    if (!Files.isDirectory(destination)) {
      throw new NotDirectoryException(destination.toString());
    }
    LongConsumer read = watch.<LongConsumer>map(given -> given::read).orElse(Guard.UNWATCHED);
    Guard guard = new Guard(limits, file.size(), progress, System::nanoTime, read);
    Target target = new Target(destination, root, filter, guard, watch);
    try {
      switch (type.kind()) {
        case TAR -> TarExtraction.run(file, type.compression(), target, threads);
        case ZIP -> ZipExtraction.run(file, target, threads);
        case RAR -> RarExtraction.run(file, target);
        case SEVEN_ZIP -> SevenZipExtraction.run(file, target, threads);
        case SINGLE ->
            SingleExtraction.run(
                file, type.compression(), SingleExtraction.name(stem), own, target);
        case DDUP, PXAR -> throw new IllegalStateException("refused by open()");
      }
      target.finish();
      return target.result();
    } catch (ArchiveLimitException limit) {
      undo(target, limit);
      throw limit;
    }
  }

  private static void undo(Target target, ArchiveLimitException limit) {
    try {
      target.undo();
    } catch (IOException e) {
      limit.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
