package dev.wings.fs.archive.read;

import dev.wings.fs.archive.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Decompresses one file to its name without the last extension. It keeps mode and time of the
/// compressed one.
final class SingleExtraction {
  private static final int COPY_BYTES = 256 << 10;

  private SingleExtraction() {}

  /// @param name of the result, as bytes of UTF-8 or of the destination's own escapes
  static void run(
      ArchiveFile file,
      Compression compression,
      EntryName name,
      EntryAttributes attributes,
      Target target)
      throws IOException {
    Guard guard = target.guard();
    guard.progress().expect(file.size());
    Meter meter =
        bytes -> {
          guard.in(bytes);
          guard.progress().addBytes(bytes);
        };
    try (InputStream in =
        Decompressor.open(file.stream(meter), compression, guard.limits().decoderBytes())) {
      Optional<FileSink> sink = target.file(name, attributes);
      if (sink.isEmpty()) {
        throw new ArchiveException("'%s' must not be written".formatted(name.display()));
      }
      try (FileSink out = sink.get()) {
        byte[] buffer = new byte[COPY_BYTES];
        while (true) {
          int count = in.read(buffer, 0, buffer.length);
          if (count < 0) {
            break;
          }
          out.write(buffer, 0, count);
        }
        target.commit(out, name);
      }
    }
  }

  static EntryName name(byte[] stem) throws ArchiveException {
    return EntryName.parse(stem)
        .filter(name -> name.depth() == 1)
        .orElseThrow(() ->
            new ArchiveException(
                "'%s' is no name for a file".formatted(new String(stem, StandardCharsets.UTF_8))));
  }
}
