package dev.wings.core.permission;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// An immutable set of permissions with the evaluation rules of `websocket.md` 1.6.
public final class PermissionSet {
  public static final PermissionSet NONE = new PermissionSet(EnumSet.noneOf(Permission.class));

  private final Set<Permission> held;

  private PermissionSet(Set<Permission> held) {
    this.held = held;
  }

  /// Reads wire names; unknown ones are dropped.
  public static PermissionSet parse(Collection<String> names) {
    EnumSet<Permission> held = EnumSet.noneOf(Permission.class);
    for (String name : names) {
      Permission.fromWire(name).ifPresent(held::add);
    }
    return held.isEmpty() ? NONE : new PermissionSet(held);
  }

  /// Held by name, or through `*` unless it is an `admin.` permission.
  public boolean allows(Permission permission) {
    return held.contains(permission) || (held.contains(Permission.ALL) && !permission.admin());
  }

  /// As [#allows], but granted to lists that no Calagopus Panel made (those lack the marker).
  public boolean allowsOrDefault(Permission permission) {
    return !held.contains(Permission.META_CALAGOPUS) || allows(permission);
  }

  public boolean isEmpty() {
    return held.isEmpty();
  }

  /// Canonical names, in declaration order.
  public List<String> wireNames() {
    return held.stream().map(Permission::wireName).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PermissionSet set && set.held.equals(held);
  }

  @Override
  public int hashCode() {
    return held.hashCode();
  }

  @Override
  public String toString() {
    return wireNames().toString();
  }
}
