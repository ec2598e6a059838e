package dev.wings.backup.ignore;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one backup leaves out.
///
/// @param filter on paths relative to the server's root
/// @param text the lines that count, each with a line end
/// @param reincludes whether a line brings back something that others exclude
public record BackupRules(PathFilter filter, String text, boolean reincludes) {
  private static final String FILE = ".pteroignore";
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final Logger log = LoggerFactory.getLogger(BackupRules.class);

  public BackupRules {
    requireNonNull(filter, "filter");
    requireNonNull(text, "text");
  }

  /// Puts together what a request, the server's own file and its deny list say, in this order: what
  /// is denied cannot be brought back (`backups.md` 7.1).
  ///
  /// @param request lines of the request
  /// @param root of the server's files
  /// @param denied the deny list of the server's egg
  public static BackupRules of(String request, Path root, List<String> denied) {
    List<String> lines = new ArrayList<>(request.lines().toList());
    lines.addAll(own(root).lines().toList());
    lines.addAll(denied);
    return of(lines);
  }

  /// The rules that some lines make.
  public static BackupRules of(List<String> lines) {
    List<String> accepted = IgnoreList.accepted(lines);
    StringBuilder text = new StringBuilder();
    accepted.forEach(line -> text.append(line).append('\n'));
    return new BackupRules(
        IgnoreList.lenient(accepted),
        text.toString(),
        accepted.stream().anyMatch(line -> line.startsWith("!")));
  }

  /// The beginning of the server's file, empty when there is none. Never follows a link.
  private static String own(Path root) {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer content =
          ByteBuffer.allocate((int) Math.min(MAX_FILE_BYTES, Math.max(1, channel.size())));
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // until the buffer or the file ends
      }
      return StandardCharsets.UTF_8.decode(content.flip()).toString();
    } catch (IOException unreadable) {
      log.atInfo().setCause(unreadable).log("the ignore file of a server cannot be read");
      return "";
    }
  }
}
