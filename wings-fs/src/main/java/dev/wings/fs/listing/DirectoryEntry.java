package dev.wings.fs.listing;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.fs.linux.EntryType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// One entry as clients see it (`http-api.md` A.5).
///
/// @param name last component, or a path relative to what was asked for
/// @param type of the entry itself, a link is a link
/// @param permissions the nine `rwx` bits of the entry itself
/// @param size bytes; of the target for a link that leads to something, of the whole subtree for a
///   directory, 0 when that is not known
/// @param sizePhysical the same in allocated bytes
/// @param content what is inside; of the target for a link
/// @param directory whether it is one, links followed
/// @param file whether it is a regular file, links followed
/// @param virtual whether it does not belong to the volume
/// @param created of the entry itself, the epoch when unknown
/// @param modified of the entry itself, the epoch when unknown
public record DirectoryEntry(
    String name,
    EntryType type,
    int permissions,
    long size,
    long sizePhysical,
    Content content,
    boolean directory,
    boolean file,
    boolean virtual,
    Instant created,
    Instant modified) {
  private static final String RWX = "rwxrwxrwx";
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  public DirectoryEntry {
    requireNonNull(name, "name");
    requireNonNull(content, "content");
    if ((permissions & ~0777) != 0) {
      throw new IllegalArgumentException(
          "permissions: 0" + Integer.toOctalString(permissions) + " (expected: 0 to 0777)");
    }
  }

  /// Kind of content.
  ///
  /// @param mime media type
  /// @param editable whether it is text
  /// @param innerEditable whether it is text inside one layer of compression
  public record Content(String mime, boolean editable, boolean innerEditable) {
    public static final Content DIRECTORY = new Content("inode/directory", false, false);
    public static final Content BROKEN_LINK = new Content("inode/symlink", false, false);
    public static final Content UNKNOWN = new Content("application/octet-stream", false, false);
    public static final Content EMPTY = new Content("text/plain", true, false);

    public Content {
      requireNonNull(mime, "mime");
    }
  }

  /// An entry of which only the name is known.
  static DirectoryEntry unknown(String name, boolean virtual) {
    return new DirectoryEntry(
        name,
        EntryType.UNKNOWN,
        0,
        0,
        0,
        Content.UNKNOWN,
        false,
        false,
        virtual,
        Instant.EPOCH,
        Instant.EPOCH);
  }

  /// The entry under another name, such as the path that was asked for.
  public DirectoryEntry named(String newName) {
    return new DirectoryEntry(
        newName,
        type,
        permissions,
        size,
        sizePhysical,
        content,
        directory,
        file,
        virtual,
        created,
        modified);
  }

  public boolean symlink() {
    return type == EntryType.SYMLINK;
  }

  /// Type letter and nine permissions, as `ls -l` shows them: `drwxr-xr-x`.
  public String mode() {
    char[] text = new char[10];
    text[0] = type.letter();
    for (int i = 0; i < 9; i++) {
      text[i + 1] = (permissions & (0400 >> i)) != 0 ? RWX.charAt(i) : '-';
    }
    return new String(text);
  }

  /// The permissions as an octal number without padding: `755`.
  public String modeBits() {
    return Integer.toOctalString(permissions);
  }

  /// The document of the protocol.
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", name)
        .put("mode", mode())
        .put("mode_bits", modeBits())
        .put("size", size)
        .put("size_physical", sizePhysical)
        .put("editable", content.editable())
        .put("inner_editable", content.innerEditable())
        .put("directory", directory)
        .put("file", file)
        .put("symlink", symlink())
        .put("virtual", virtual)
        .put("mime", content.mime())
        .put("created", createdText())
        .put("modified", modifiedText());
  }

  public String createdText() {
    return timestamp(created);
  }

  public String modifiedText() {
    return timestamp(modified);
  }

  /// RFC 3339 in UTC, whole seconds. It has four digits for the year: what a hostile file says
  /// beyond that is cut.
  private static String timestamp(Instant time) {
    Instant shown = time.isAfter(LATEST) ? LATEST : time.isBefore(EARLIEST) ? EARLIEST : time;
    return shown.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
