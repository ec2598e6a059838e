package dev.wings.fs.sandbox;

import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Attributes by name, such as `posix:permissions` or `unix:*`. The names are those of the JDK's
/// default provider on Linux, plus `unix:blocks`.
final class AttributeNames {
  static final Set<String> VIEWS = Set.of("basic", "owner", "posix", "unix");

  private static final Map<String, Function<SandboxAttributes, Object>> BASIC =
      Map.of(
          "lastModifiedTime", SandboxAttributes::lastModifiedTime,
          "lastAccessTime", SandboxAttributes::lastAccessTime,
          "creationTime", SandboxAttributes::creationTime,
          "size", SandboxAttributes::size,
          "isRegularFile", SandboxAttributes::isRegularFile,
          "isDirectory", SandboxAttributes::isDirectory,
          "isSymbolicLink", SandboxAttributes::isSymbolicLink,
          "isOther", SandboxAttributes::isOther,
          "fileKey", SandboxAttributes::fileKey);
  private static final Map<String, Function<SandboxAttributes, Object>> OWNER =
      Map.of("owner", SandboxAttributes::owner);
  private static final Map<String, Function<SandboxAttributes, Object>> POSIX =
      joined(
          joined(BASIC, OWNER),
          Map.of("group", SandboxAttributes::group, "permissions", SandboxAttributes::permissions));
  private static final Map<String, Function<SandboxAttributes, Object>> UNIX =
      joined(
          POSIX,
          Map.of(
              "mode", SandboxAttributes::mode,
              "ino", a -> a.status().inode(),
              "dev", a -> a.status().device(),
              "rdev", a -> a.status().rdev(),
              "nlink", SandboxAttributes::links,
              "uid", SandboxAttributes::uid,
              "gid", SandboxAttributes::gid,
              "ctime", a -> FileTime.from(a.status().changed()),
              "blocks", a -> a.status().blocks()));

  private AttributeNames() {}

  /// A request such as `unix:uid,gid`.
  record Request(String view, Set<String> names) {
    static Request parse(String attributes) {
      int colon = attributes.indexOf(':');
      String view = colon < 0 ? "basic" : attributes.substring(0, colon);
      return new Request(view, Set.of(attributes.substring(colon + 1).split(",")));
    }
  }

  /// @throws IllegalArgumentException for an attribute that the view does not have
  static Map<String, Object> read(SandboxAttributes attributes, Request request) {
    Map<String, Function<SandboxAttributes, Object>> known = view(request.view());
    Map<String, Object> result = new LinkedHashMap<>();
    for (String name : request.names()) {
      if (name.equals("*")) {
        known.forEach((key, getter) -> result.put(key, getter.apply(attributes)));
        continue;
      }
      Function<SandboxAttributes, Object> getter = known.get(name);
      if (getter == null) {
        throw new IllegalArgumentException(
            "attribute: " + name + " (expected: one of " + known.keySet() + ")");
      }
      result.put(name, getter.apply(attributes));
    }
    return result;
  }

  private static Map<String, Function<SandboxAttributes, Object>> view(String name) {
    return switch (name) {
      case "basic" -> BASIC;
      case "owner" -> OWNER;
      case "posix" -> POSIX;
      case "unix" -> UNIX;
      default ->
          throw new UnsupportedOperationException(
              "view: " + name + " (expected: one of " + VIEWS + ")");
    };
  }

  private static Map<String, Function<SandboxAttributes, Object>> joined(
      Map<String, Function<SandboxAttributes, Object>> first,
      Map<String, Function<SandboxAttributes, Object>> second) {
    Map<String, Function<SandboxAttributes, Object>> result = new LinkedHashMap<>(first);
    result.putAll(second);
    return Map.copyOf(result);
  }
}
