package dev.wings.fs.sandbox;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/// A user or group by its number.
record NumericPrincipal(int id) implements GroupPrincipal {
  static final UserPrincipalLookupService LOOKUP =
      new UserPrincipalLookupService() {
        @Override
        public UserPrincipal lookupPrincipalByName(String name)
            throws UserPrincipalNotFoundException {
          return parse(name);
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String group)
            throws UserPrincipalNotFoundException {
          return parse(group);
        }
      };

  private static NumericPrincipal parse(String name) throws UserPrincipalNotFoundException {
    try {
      return new NumericPrincipal(Integer.parseUnsignedInt(name));
    } catch (NumberFormatException e) {
      UserPrincipalNotFoundException unknown = new UserPrincipalNotFoundException(name);
      unknown.initCause(e);
      throw unknown;
    }
  }

  @Override
  public String getName() {
    return Integer.toUnsignedString(id);
  }

  @Override
  public String toString() {
    return getName();
  }
}
