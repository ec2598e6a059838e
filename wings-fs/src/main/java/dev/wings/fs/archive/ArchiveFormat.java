package dev.wings.fs.archive;

import dev.wings.core.config.SystemConfig;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// An archive format by its name on the wire (`filesystem.md` 14, `http-api.md` Appendix B).
public enum ArchiveFormat {
  TAR("tar", Container.TAR, Compression.NONE),
  TAR_GZ("tar_gz", Container.TAR, Compression.GZ),
  TAR_XZ("tar_xz", Container.TAR, Compression.XZ),
  TAR_LZIP("tar_lzip", Container.TAR, Compression.LZIP),
  TAR_BZ2("tar_bz2", Container.TAR, Compression.BZ2),
  TAR_LZ4("tar_lz4", Container.TAR, Compression.LZ4),
  TAR_ZSTD("tar_zstd", Container.TAR, Compression.ZSTD),
  ZIP("zip", Container.ZIP, Compression.NONE),
  SEVEN_ZIP("seven_zip", Container.SEVEN_ZIP, Compression.NONE),
  ITAF("itaf", Container.ITAF, Compression.NONE),
  ITAF_GZ("itaf_gz", Container.ITAF, Compression.GZ),
  ITAF_XZ("itaf_xz", Container.ITAF, Compression.XZ),
  ITAF_LZIP("itaf_lzip", Container.ITAF, Compression.LZIP),
  ITAF_BZ2("itaf_bz2", Container.ITAF, Compression.BZ2),
  ITAF_LZ4("itaf_lz4", Container.ITAF, Compression.LZ4),
  ITAF_ZSTD("itaf_zstd", Container.ITAF, Compression.ZSTD);

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HHmmssxx", Locale.ROOT);

  private final String wireName;
  private final Container container;
  private final Compression compression;

  /// What holds the entries.
  public enum Container {
    TAR("tar", "application/x-tar"),
    ZIP("zip", "application/zip"),
    SEVEN_ZIP("7z", "application/x-7z-compressed"),
    /// Calagopus' own container. Its layout is not known here: it can neither be written nor read.
    ITAF("itaf", "application/octet-stream");

    private final String extension;
    private final String contentType;

    Container(String extension, String contentType) {
      this.extension = extension;
      this.contentType = contentType;
    }
  }

  ArchiveFormat(String wireName, Container container, Compression compression) {
    this.wireName = wireName;
    this.container = container;
    this.compression = compression;
  }

  /// The value in requests and in the configuration.
  public String wireName() {
    return wireName;
  }

  public Container container() {
    return container;
  }

  /// Compression of the whole stream; [Compression#NONE] for zip and 7z, which compress inside.
  public Compression compression() {
    return compression;
  }

  /// Last parts of a file name, such as `tar.gz`, without the first dot.
  public String extension() {
    return compression == Compression.NONE
        ? container.extension
        : container.extension + "." + compression.extension();
  }

  /// Name of an archive that nobody named, such as `archive-2026-08-01T101112+0200.tar.gz`.
  ///
  /// @param now local time
  public String fileName(ZonedDateTime now) {
    return "archive-" + FILE_TIME.format(now) + "." + extension();
  }

  /// Media type for downloads.
  public String contentType() {
    return compression == Compression.NONE ? container.contentType : compression.contentType();
  }

  /// Whether it can be written from front to back, as downloads need it.
  public boolean streamable() {
    return container != Container.SEVEN_ZIP;
  }

  /// Whether a whole server may be sent in it to another node.
  public boolean transferable() {
    return container == Container.TAR || container == Container.ITAF;
  }

  /// Whether this daemon can write it.
  public boolean writable() {
    return container != Container.ITAF;
  }

  /// The tar with the same compression for one of the `itaf` formats, which a receiver of a
  /// transfer accepts in its place (`filesystem.md` 24.7); any other format itself.
  public ArchiveFormat substitute() {
    return switch (this) {
      case ITAF -> TAR;
      case ITAF_GZ -> TAR_GZ;
      case ITAF_XZ -> TAR_XZ;
      case ITAF_LZIP -> TAR_LZIP;
      case ITAF_BZ2 -> TAR_BZ2;
      case ITAF_LZ4 -> TAR_LZ4;
      case ITAF_ZSTD -> TAR_ZSTD;
      case TAR, TAR_GZ, TAR_XZ, TAR_LZIP, TAR_BZ2, TAR_LZ4, TAR_ZSTD, ZIP, SEVEN_ZIP -> this;
    };
  }

  /// The codec's own number for a level.
  public int level(SystemConfig.CompressionLevel level) {
    return switch (container) {
      case TAR, ITAF -> compression.level(level);
      case ZIP -> Compression.GZ.level(level);
      case SEVEN_ZIP -> Compression.XZ.level(level);
    };
  }

  /// The one of a wire name.
  public static Optional<ArchiveFormat> parse(String wireName) {
    return Arrays.stream(values()).filter(f -> f.wireName.equals(wireName)).findFirst();
  }

  /// The one that the configuration names.
  public static ArchiveFormat of(SystemConfig.ArchiveFormat configured) {
    return parse(configured.wireName())
        .orElseThrow(() -> new IllegalArgumentException("configured: " + configured));
  }

  /// The one whose extension a file name has, whatever the case of its letters; the longest counts.
  public static Optional<ArchiveFormat> ofFileName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(f -> lower.endsWith("." + f.extension()))
        .max(Comparator.comparingInt(f -> f.extension().length()));
  }
}
