package dev.wings.sftp.subsystem;

import static dev.wings.sftp.files.FileRight.CREATE;
import static dev.wings.sftp.files.FileRight.DELETE;
import static dev.wings.sftp.files.FileRight.LIST;
import static dev.wings.sftp.files.FileRight.READ;
import static dev.wings.sftp.files.FileRight.UPDATE;
import static dev.wings.sftp.subsystem.Verb.Trait.ALWAYS;
import static dev.wings.sftp.subsystem.Verb.Trait.LONG;
import static dev.wings.sftp.subsystem.Verb.Trait.MODIFIES;
import static dev.wings.sftp.subsystem.Verb.Trait.OPENS;
import static dev.wings.sftp.subsystem.Verb.Trait.OTHERWISE_MISSING;

import dev.wings.sftp.files.FileRight;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Every request that the server answers, and what it takes to have it done (`sftp.md` 6, 10, 11):
/// the one table that all permission checks come from. What is not here is not supported.
///
/// [#OPEN] needs more, by its flags; [#COPY_FILE] and [#RENAME] need more when they replace a file
/// or create directories. READDIR, READ and WRITE ask again for what their handle was opened with,
/// so that a right that was taken away ends also what is open (`threats.md` SF-03).
@SuppressWarnings("ImmutableEnumChecker") // its sets are never changed
enum Verb {
  INIT(1, traits(ALWAYS)),
  OPEN(3, traits(OPENS)),
  CLOSE(4, traits(ALWAYS)),
  READ_FILE(5, traits(), READ),
  WRITE_FILE(6, traits(MODIFIES), UPDATE),
  LSTAT(7, traits(OTHERWISE_MISSING), LIST),
  FSTAT(8, traits(OTHERWISE_MISSING), LIST),
  SETSTAT(9, traits(MODIFIES), UPDATE),
  FSETSTAT(10, traits(MODIFIES), UPDATE),
  OPENDIR(11, traits(OPENS, OTHERWISE_MISSING), LIST),
  READDIR(12, traits(), LIST),
  REMOVE(13, traits(MODIFIES, OTHERWISE_MISSING), DELETE),
  MKDIR(14, traits(MODIFIES, OTHERWISE_MISSING), CREATE),
  RMDIR(15, traits(MODIFIES, OTHERWISE_MISSING, LONG), DELETE),
  REALPATH(16, traits(ALWAYS)),
  STAT(17, traits(OTHERWISE_MISSING), LIST),
  RENAME(18, traits(MODIFIES, OTHERWISE_MISSING), UPDATE),
  READLINK(19, traits(OTHERWISE_MISSING), LIST),
  SYMLINK(20, traits(MODIFIES), CREATE),

  CHECK_FILE("check-file", "1", traits(LONG), LIST),
  CHECK_FILE_NAME("check-file-name", "", traits(LONG), LIST),
  COPY_FILE("copy-file", "1", traits(MODIFIES, OTHERWISE_MISSING, LONG), READ, CREATE),
  COPY_DATA("copy-data", "1", traits(MODIFIES, LONG), READ, UPDATE),
  SPACE_AVAILABLE("space-available", "6", traits()),
  LIMITS("limits@openssh.com", "1", traits()),
  STATVFS("statvfs@openssh.com", "2", traits()),
  FSTATVFS("fstatvfs@openssh.com", "", traits()),
  HARDLINK("hardlink@openssh.com", "1", traits(MODIFIES), CREATE),
  FSYNC("fsync@openssh.com", "1", traits(MODIFIES), UPDATE),
  LSETSTAT("lsetstat@openssh.com", "1", traits(MODIFIES), UPDATE),
  USERS_GROUPS_BY_ID("users-groups-by-id@openssh.com", "1", traits(), LIST),
  POSIX_RENAME("posix-rename@openssh.com", "1", traits(MODIFIES, OTHERWISE_MISSING), UPDATE),
  EXPAND_PATH("expand-path@openssh.com", "1", traits()),
  HOME_DIRECTORY("home-directory", "1", traits());

  enum Trait {
    /// Answered even when the tree cannot be accessed.
    ALWAYS,
    /// Refused in read-only mode.
    MODIFIES,
    /// Takes a handle; the limit of handles is checked before the rights.
    OPENS,
    /// May take minutes.
    LONG,
    /// Errors of the file system that have no status of their own become `NO_SUCH_FILE` instead of
    /// `FAILURE`.
    OTHERWISE_MISSING
  }

  /// Packet type of all extensions.
  static final int EXTENDED = 200;

  private static final Verb[] BY_TYPE = byType();
  private static final Map<String, Verb> BY_NAME = byName();

  private final int type;
  private final String extension;
  private final String data;
  private final Set<Trait> traits;
  private final Set<FileRight> rights;

  Verb(int type, Set<Trait> traits, FileRight... rights) {
    this(type, "", "", traits, rights);
  }

  Verb(String extension, String data, Set<Trait> traits, FileRight... rights) {
    this(EXTENDED, extension, data, traits, rights);
  }

  Verb(int type, String extension, String data, Set<Trait> traits, FileRight... rights) {
    this.type = type;
    this.extension = extension;
    this.data = data;
    this.traits = traits;
    this.rights = Set.copyOf(Arrays.asList(rights));
  }

  private static Set<Trait> traits(Trait... traits) {
    Set<Trait> result = EnumSet.noneOf(Trait.class);
    result.addAll(Arrays.asList(traits));
    return result;
  }

  private static Verb[] byType() {
    Verb[] result = new Verb[EXTENDED];
    Arrays.fill(result, INIT);
    for (Verb verb : values()) {
      if (verb.type < EXTENDED) {
        result[verb.type] = verb;
      }
    }
    return result;
  }

  private static Map<String, Verb> byName() {
    Map<String, Verb> result = new HashMap<>();
    for (Verb verb : values()) {
      if (!verb.extension.isEmpty()) {
        result.put(verb.extension, verb);
      }
    }
    return Map.copyOf(result);
  }

  static Optional<Verb> ofType(int type) {
    if (type < 0 || type >= EXTENDED) {
      return Optional.empty();
    }
    Verb verb = BY_TYPE[type];
    return verb.type == type ? Optional.of(verb) : Optional.empty();
  }

  static Optional<Verb> ofExtension(byte[] name) {
    return Optional.ofNullable(BY_NAME.get(new String(name, StandardCharsets.ISO_8859_1)));
  }

  /// What VERSION tells the client about.
  static List<Verb> advertised() {
    return Arrays.stream(values()).filter(verb -> !verb.data.isEmpty()).toList();
  }

  /// First byte of the packet; [#EXTENDED] for all extensions.
  int type() {
    return type;
  }

  /// Name of the extension; empty for a request of the protocol itself.
  String extension() {
    return extension;
  }

  /// What VERSION says with the name.
  String data() {
    return data;
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /// All of them are needed, whatever the request says.
  Set<FileRight> rights() {
    return rights;
  }
}
