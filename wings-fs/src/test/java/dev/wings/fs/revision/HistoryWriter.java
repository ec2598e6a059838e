package dev.wings.fs.revision;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;

/// A process that edits three files for ever and says what became of each edit, until somebody
/// kills it.
final class HistoryWriter {
  static final UUID SERVER = new UUID(7, 7);

  /// Begins each line about an edit; what logs also goes there.
  static final String MARK = "edit";

  private HistoryWriter() {}

  /// @param arguments directory of the history, seed of the contents
  public static void main(String[] arguments) {
    Random random = new Random(Long.parseLong(arguments[1]));
    PrintStream out = new PrintStream(System.out, /* autoFlush= */ true, UTF_8);
    try (Revisions revisions =
        new Revisions(
            Path.of(arguments[0]),
            () -> RevisionsTest.settings(4, 1000, 1 << 20, 200 << 20),
            InstantSource.system())) {
      while (true) {
        String path = "file " + random.nextInt(3);
        long seed = random.nextLong();
        OptionalLong id =
            revisions.record(
                SERVER, path, Optional.empty(), content(seed).getBytes(UTF_8), Optional.empty());
        out.println(MARK + ":" + path + ":" + id.orElseThrow() + ":" + seed);
      }
    }
  }

  /// Alike enough for deltas, large enough to be packed in the background now and then.
  static String content(long seed) {
    return RevisionsTest.text(1000, 1) + RevisionsTest.text((int) (seed & 63), seed);
  }
}
