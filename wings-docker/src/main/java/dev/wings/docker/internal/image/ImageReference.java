package dev.wings.docker.internal.image;

import dev.wings.core.WingsException;
import java.util.regex.Pattern;

/// An image as a server names it (`containers.md` 6.1).
///
/// @param local never pulled: marked with `~` at its end, or at its start as Pterodactyl does
/// @param name without tag, such as `ghcr.io/games/yolk`
/// @param tag tag, or digest such as `sha256:…`
public record ImageReference(boolean local, String name, String tag) {
  private static final int MAX_LENGTH = 512;
  private static final Pattern NAME =
      Pattern.compile(
          "[A-Za-z0-9][A-Za-z0-9._/\\-]*(:\\d{1,5}/[A-Za-z0-9._/\\-]+)?|\\[[0-9A-Fa-f:.]+](:\\d{1,5})?/[A-Za-z0-9._/\\-]+");
  private static final Pattern TAG =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.\\-]*(:[0-9A-Fa-f]+)?");

  /// @throws WingsException of kind `INVALID` for text that no engine would take
  public static ImageReference parse(String image) {
    String text = image.strip();
    boolean local = text.startsWith("~") || text.endsWith("~");
    text = strip(text);
    String name = text;
    String tag = "latest";
    int digest = text.indexOf('@');
    if (digest >= 0) {
      name = text.substring(0, digest);
      tag = text.substring(digest + 1);
      int colon = tagColon(name);
      name = colon < 0 ? name : name.substring(0, colon); // the digest decides, not the tag
    } else {
      int colon = tagColon(text);
      if (colon >= 0) {
        name = text.substring(0, colon);
        tag = text.substring(colon + 1);
      } else if (text.endsWith(":")) {
        name = text.substring(0, text.length() - 1);
      }
    }
    if (text.length() > MAX_LENGTH
        || !NAME.matcher(name).matches()
        || name.contains("..")
        || name.contains("//")
        || !TAG.matcher(tag).matches()) {
      throw WingsException.invalid("the image reference is not valid");
    }
    return new ImageReference(local, name, tag);
  }

  /// Position of the last `:` if a tag follows it, else -1.
  private static int tagColon(String text) {
    int colon = text.lastIndexOf(':');
    boolean tag = colon >= 0 && colon < text.length() - 1 && text.indexOf('/', colon) < 0;
    return tag ? colon : -1;
  }

  /// Removes the local markers: what goes into the create request.
  public static String strip(String image) {
    int start = 0;
    int end = image.length();
    while (start < end && image.charAt(start) == '~') {
      start++;
    }
    while (end > start && image.charAt(end - 1) == '~') {
      end--;
    }
    return image.substring(start, end);
  }

  public boolean byDigest() {
    return tag.indexOf(':') >= 0;
  }

  /// Name with tag or digest, as the engine's image calls want it.
  public String full() {
    return name + (byDigest() ? "@" : ":") + tag;
  }
}
