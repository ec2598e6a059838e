package dev.wings.fs.archive.read;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// How much an archive may ask for (`threats.md` AR-05, AR-06). What a file's header says is never
/// trusted: bytes count when they come out of a decoder, and the disk limit when they are written.
///
/// @param entries files, directories and links of one archive
/// @param depth directories above an entry
/// @param metadataBytes names, extended headers and tables of an archive, all together
/// @param keptBytes names that have to be remembered until the end: of links, of directories with
///   times, and of what would have to be removed again
/// @param ratio bytes that come out for each byte that goes in
/// @param ratioFloorBytes so much may come out before the ratio counts
/// @param decoderBytes memory of one decoder, such as its dictionary
/// @param stall longest time without a byte in or out
/// @param ceiling longest time of all
public record ExtractionLimits(
    long entries,
    int depth,
    long metadataBytes,
    long keptBytes,
    int ratio,
    long ratioFloorBytes,
    long decoderBytes,
    Duration stall,
    Duration ceiling) {
  /// What no archive has a reason to exceed.
  public static final ExtractionLimits DEFAULT =
      new ExtractionLimits(
          4_000_000,
          200,
          512L << 20,
          96L << 20,
          250,
          512L << 20,
          Decompressor.DEFAULT_MEMORY_BYTES,
          Duration.ofMinutes(1),
          Duration.ofHours(6));

  /// For archives that the daemon has made itself and that are as large as a server: what protects
  /// from the archives of strangers would only keep them from being restored.
  public static final ExtractionLimits OWN =
      new ExtractionLimits(
          Long.MAX_VALUE,
          4096,
          Long.MAX_VALUE,
          1L << 30,
          Integer.MAX_VALUE,
          Long.MAX_VALUE,
          Decompressor.DEFAULT_MEMORY_BYTES,
          Duration.ofHours(1),
          Duration.ofDays(30));

  public ExtractionLimits {
    if (entries < 1 || depth < 1 || metadataBytes < 1 || keptBytes < 1 || ratio < 1) {
      throw new IllegalArgumentException("limits: below 1 (expected: >= 1)");
    }
    if (ratioFloorBytes < 0 || decoderBytes < 1 << 20) {
      throw new IllegalArgumentException("limits: too little memory (expected: >= 1 MiB)");
    }
    requireNonNull(stall, "stall");
    requireNonNull(ceiling, "ceiling");
  }

  public ExtractionLimits withEntries(long newEntries) {
    return new ExtractionLimits(
        newEntries,
        depth,
        metadataBytes,
        keptBytes,
        ratio,
        ratioFloorBytes,
        decoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withDepth(int newDepth) {
    return new ExtractionLimits(
        entries,
        newDepth,
        metadataBytes,
        keptBytes,
        ratio,
        ratioFloorBytes,
        decoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withMetadataBytes(long newMetadataBytes) {
    return new ExtractionLimits(
        entries,
        depth,
        newMetadataBytes,
        keptBytes,
        ratio,
        ratioFloorBytes,
        decoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withKeptBytes(long newKeptBytes) {
    return new ExtractionLimits(
        entries,
        depth,
        metadataBytes,
        newKeptBytes,
        ratio,
        ratioFloorBytes,
        decoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withRatio(int newRatio, long newFloorBytes) {
    return new ExtractionLimits(
        entries,
        depth,
        metadataBytes,
        keptBytes,
        newRatio,
        newFloorBytes,
        decoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withDecoderBytes(long newDecoderBytes) {
    return new ExtractionLimits(
        entries,
        depth,
        metadataBytes,
        keptBytes,
        ratio,
        ratioFloorBytes,
        newDecoderBytes,
        stall,
        ceiling);
  }

  public ExtractionLimits withTimes(Duration newStall, Duration newCeiling) {
    return new ExtractionLimits(
        entries,
        depth,
        metadataBytes,
        keptBytes,
        ratio,
        ratioFloorBytes,
        decoderBytes,
        newStall,
        newCeiling);
  }
}
