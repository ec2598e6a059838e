package dev.wings.fs.archive.read;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.archive.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a file is by its first bytes and its name (`filesystem.md` 15.1). The tables are fixed:
/// what is not in them is never given to a decoder (`threats.md` AR-07).
///
/// @param compression of the whole file; [Compression#NONE] for containers that compress inside
public record ArchiveType(Kind kind, Compression compression) {
  /// So many bytes from the beginning of a file are looked at, fewer when it is shorter.
  public static final int HEAD_BYTES = 512;

  public ArchiveType {
    requireNonNull(kind, "kind");
    requireNonNull(compression, "compression");
  }

  /// What holds the entries.
  public enum Kind {
    TAR("tar"),
    ZIP("zip"),
    RAR("rar"),
    SEVEN_ZIP("7z"),
    /// Chunked archive of ddup-bak: recognised, but not supported.
    DDUP("ddup"),
    /// Proxmox archive: recognised, but not supported.
    PXAR("pxar"),
    /// No entries: one file, compressed or not.
    SINGLE("single file");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /// What users call it.
    public String label() {
      return label;
    }
  }

  private record Magic<T>(T meaning, int offset, String hex) {
    boolean matches(byte[] head) {
      int length = hex.length() / 2;
      return head.length >= offset + length
          && HexFormat.of().formatHex(head, offset, offset + length).equals(hex);
    }
  }

  private static final List<Magic<Kind>> CONTAINERS =
      List.of(
          new Magic<>(Kind.PXAR, 0, "efac88e5746495d5"), // entry, version 2
          new Magic<>(Kind.PXAR, 0, "ffce1c1c0a85da11"), // entry, version 1
          new Magic<>(Kind.PXAR, 0, "0da416df756c0f73"), // format version
          new Magic<>(Kind.DDUP, 0, "4444555042414b00"),
          new Magic<>(Kind.ZIP, 0, "504b0304"),
          new Magic<>(Kind.ZIP, 0, "504b0506"), // without entries
          new Magic<>(Kind.ZIP, 0, "504b0708"), // written in several parts
          new Magic<>(Kind.RAR, 0, "526172211a0700"),
          new Magic<>(Kind.RAR, 0, "526172211a070100"),
          new Magic<>(Kind.SEVEN_ZIP, 0, "377abcaf271c"),
          new Magic<>(Kind.TAR, 257, "7573746172"));

  private static final List<Magic<Compression>> COMPRESSIONS =
      List.of(
          new Magic<>(Compression.GZ, 0, "1f8b"),
          new Magic<>(Compression.BZ2, 0, "425a68"),
          new Magic<>(Compression.XZ, 0, "fd377a585a00"),
          new Magic<>(Compression.LZIP, 0, "4c5a4950"),
          new Magic<>(Compression.LZ4, 0, "04224d18"),
          new Magic<>(Compression.ZSTD, 0, "28b52ffd"));

  /// Formats that are left out on purpose; to copy such a file to another name would only mislead.
  private static final List<Magic<String>> REFUSED =
      List.of(
          new Magic<>("ar", 0, "213c617263683e0a"),
          new Magic<>("cpio", 0, "303730373031"),
          new Magic<>("cpio", 0, "303730373032"),
          new Magic<>("cpio", 0, "303730373037"),
          new Magic<>("cpio", 0, "c771"),
          new Magic<>("cpio", 0, "71c7"),
          new Magic<>("arj", 0, "60ea"),
          new Magic<>("dump", 24, "6cea0000"),
          new Magic<>("pack200", 0, "cafed00d"),
          new Magic<>("snappy", 0, "ff060000734e61507059"),
          new Magic<>("compress (LZW)", 0, "1f9d"));

  private static final Set<String> TAR_EXTENSIONS =
      Set.of("tar", "tgz", "tbz", "tbz2", "txz", "tlz", "tlzf", "tlz4", "tzst");

  /// Containers that only their name may tell.
  private static final Map<String, Kind> EXTENSIONS = Map.of("ddup", Kind.DDUP, "pxar", Kind.PXAR);

  /// Decides by the first bytes, then by the name.
  ///
  /// @param head the first [#HEAD_BYTES] bytes, or all of a shorter file
  /// @param fileName last name of its path
  public static ArchiveType of(byte[] head, String fileName) {
    Optional<Kind> container = find(CONTAINERS, head);
    if (container.isPresent()) {
      return new ArchiveType(container.get(), Compression.NONE);
    }
    return new ArchiveType(kindByName(fileName), find(COMPRESSIONS, head).orElse(Compression.NONE));
  }

  /// Reads the first bytes of a file and decides.
  ///
  /// @throws IOException when the file cannot be read
  public static ArchiveType of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return of(in.readNBytes(HEAD_BYTES), nameOf(file));
    }
  }

  static String nameOf(Path file) {
    Path name = file.getFileName();
    return name == null ? "" : name.toString();
  }

  /// A format that is known and deliberately not read.
  static Optional<String> refused(byte[] head) {
    return find(REFUSED, head);
  }

  private static <T> Optional<T> find(List<Magic<T>> table, byte[] head) {
    return table.stream().filter(magic -> magic.matches(head)).map(Magic::meaning).findFirst();
  }

  private static Kind kindByName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    String extension = name.substring(dot + 1);
    if (dot >= 0 && TAR_EXTENSIONS.contains(extension)) {
      return Kind.TAR;
    }
    if (dot >= 0 && EXTENSIONS.containsKey(extension)) {
      return requireNonNull(EXTENSIONS.get(extension));
    }
    String stem = dot < 0 ? name : name.substring(0, dot);
    if (stem.endsWith(".tar")) {
      return Kind.TAR;
    }
    return stem.endsWith(".pxar") ? Kind.PXAR : Kind.SINGLE;
  }

  /// Whether it holds entries, so that it has no content of its own to show.
  public boolean archive() {
    return kind != Kind.SINGLE;
  }

  /// Whether it is one compressed file, which can be shown decompressed.
  public boolean compressedFile() {
    return kind == Kind.SINGLE && compression != Compression.NONE;
  }

  /// The name that a single file gets when it is decompressed: without its last extension. The same
  /// name when there is none.
  static String stem(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot <= 0 ? fileName : fileName.substring(0, dot);
  }
}
