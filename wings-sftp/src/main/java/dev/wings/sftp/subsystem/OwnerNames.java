package dev.wings.sftp.subsystem;

import static java.util.Objects.requireNonNull;

/// Names of owners and groups, which clients know by number only (`sftp.md` 11.8). Called on the
/// threads of the tree; must return at once.
@FunctionalInterface
public interface OwnerNames {
  /// @param id unsigned
  /// @return empty when nobody has this number
  String of(int id);

  /// All files belong to one user: the number 0, which all files are shown with.
  static OwnerNames single(String user) {
    requireNonNull(user, "user");
    return id -> id == 0 ? user : "";
  }
}
