package dev.wings.fs.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The table of mounts that a process sees (`proc_pid_mountinfo(5)`).
public record Mounts(List<Mount> table) {
  public Mounts {
    table = List.copyOf(table);
  }

  /// @param device `major:minor`
  /// @param root what of the file system is mounted, from its own top
  /// @param point where
  /// @param type such as `xfs`
  /// @param source such as `/dev/sda1`
  /// @param options of the mount and of the file system
  public record Mount(
      String device, String root, Path point, String type, String source, Set<String> options) {
    public Mount {
      options = Set.copyOf(options);
    }

    public boolean hasAny(String... wanted) {
      return List.of(wanted).stream().anyMatch(options::contains);
    }

    /// Where a path below the mount point is in the file system, from its own top: with a leading
    /// slash.
    public String inside(Path path) {
      String below = point.relativize(path).toString();
      if (below.isEmpty()) {
        return root;
      }
      return root.equals("/") ? "/" + below : root + "/" + below;
    }
  }

  public static Mounts ofThisProcess() throws IOException {
    return read(Path.of("/proc/self/mountinfo"));
  }

  /// Lines that do not follow the format are left out.
  public static Mounts read(Path mountinfo) throws IOException {
    List<Mount> table = new ArrayList<>();
    // names are bytes: what is no UTF-8 must not fail the rest
    String text = new String(Files.readAllBytes(mountinfo), StandardCharsets.UTF_8);
    text.lines().map(Mounts::parse).flatMap(Optional::stream).forEach(table::add);
    return new Mounts(table);
  }

  private static Optional<Mount> parse(String line) {
    String[] halves = line.split(" - ", 2);
    if (halves.length != 2) {
      return Optional.empty();
    }
    String[] mount = halves[0].split(" ");
    String[] system = halves[1].split(" ", 3);
    if (mount.length < 6 || system.length < 3) {
      return Optional.empty();
    }
    Set<String> options = new java.util.HashSet<>(List.of(mount[5].split(",")));
    options.addAll(List.of(system[2].split(",")));
    return Optional.of(
        new Mount(
            mount[2],
            unescape(mount[3]),
            Path.of(unescape(mount[4])),
            system[0],
            unescape(system[1]),
            options));
  }

  /// Blanks and backslashes are written as three octal digits.
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\\' && i + 3 < bytes.length) {
        plain.write((bytes[i + 1] - '0') * 64 + (bytes[i + 2] - '0') * 8 + (bytes[i + 3] - '0'));
        i += 3;
      } else {
        plain.write(bytes[i]);
      }
    }
    return plain.toString(StandardCharsets.UTF_8);
  }

  /// The mount that a path is on; of several on one point the last, which covers the others.
  ///
  /// @param path without links
  public Optional<Mount> of(Path path) {
    Mount found = null;
    for (Mount mount : table) {
      if (path.startsWith(mount.point())
          && (found == null || mount.point().getNameCount() >= found.point().getNameCount())) {
        found = mount;
      }
    }
    return Optional.ofNullable(found);
  }

  /// What is mounted exactly here.
  public Optional<Mount> at(Path point) {
    return of(point).filter(mount -> mount.point().equals(point));
  }
}
