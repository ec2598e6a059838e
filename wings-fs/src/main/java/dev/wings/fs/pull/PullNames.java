package dev.wings.fs.pull;

import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What a pulled file is called (`http-api.md` 8.16).
final class PullNames {
  private static final int MAX_NAME_BYTES = 255; // NAME_MAX
  private static final int RANDOM_LENGTH = 8;
  private static final String ALPHANUMERIC =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private PullNames() {}

  /// The name that was asked for, else the one of the answer's header if that is to be used, else
  /// the last segment of the final URL, else a random one.
  ///
  /// @param asked known to be a name
  static String choose(
      @Nullable String asked, boolean useHeader, FetchResponse response, RandomGenerator random) {
    if (asked != null) {
      return asked;
    }
    return fromHeader(response)
        .filter(_ -> useHeader)
        .filter(PullNames::acceptable)
        .or(() -> fromPath(response.finalPath()))
        .orElseGet(() -> invented(random));
  }

  /// The name of the `Content-Disposition` header, unchecked.
  static Optional<String> fromHeader(FetchResponse response) {
    return response.header("content-disposition").flatMap(ContentDisposition::fileName);
  }

  private static Optional<String> fromPath(String path) {
    String segment = path.substring(path.lastIndexOf('/') + 1);
    return ContentDisposition.percentDecoded(segment, StandardCharsets.UTF_8)
        .filter(PullNames::acceptable)
        .or(() -> Optional.of(segment).filter(PullNames::acceptable));
  }

  private static String invented(RandomGenerator random) {
    StringBuilder name = new StringBuilder("download_");
    for (int i = 0; i < RANDOM_LENGTH; i++) {
      name.append(ALPHANUMERIC.charAt(random.nextInt(ALPHANUMERIC.length())));
    }
    return name.toString();
  }

  /// Whether it is the name of one file in a directory.
  static boolean single(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && fits(name)
        && !name.startsWith(Sandbox.STAGING_PREFIX);
  }

  private static boolean fits(String name) {
    try {
      return NameCodec.encode(name).length <= MAX_NAME_BYTES;
    } catch (InvalidPathException impossible) { // a NUL, or half of a character
      return false;
    }
  }

  /// Whether a name that a remote server chose is taken: one file, and nothing that some program
  /// would take for more than that.
  private static boolean acceptable(String name) {
    return single(name)
        && name.indexOf('\\') < 0
        && name.codePoints().noneMatch(Character::isISOControl);
  }
}
