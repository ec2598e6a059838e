package dev.wings.core.testing;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Paths that try to get from a server's directory `volume` to the [Canary] beside it, by dots, by
/// links and by what a careless decoder makes of odd bytes (`threats.md` FS-01).
public final class HostilePaths {
  private HostilePaths() {}

  /// Links that the names go through, by name and target. They need a directory `dir/deep/er`.
  ///
  /// @param volume the server's directory
  public static Map<String, String> links(Canary canary, Path volume) {
    Map<String, String> links = new LinkedHashMap<>();
    links.put("abs", canary.directory().toString());
    links.put("absfile", canary.file().toString());
    links.put("up", "../canary");
    links.put(
        "root",
        canary.directory().getRoot() + "proc/self/root" + requireNonNull(volume.getParent()));
    links.put("proc", "/proc/self/root" + canary.directory());
    links.put("dots", "..");
    links.put("self", ".");
    links.put("dir/up", "../../canary");
    links.put("dir/deep/er/up", "../../../../canary/" + Canary.MARKER);
    links.put("chain", "dir/up");
    return links;
  }

  /// The table.
  ///
  /// @param canary what the names are after
  /// @param decode turns the bytes of a name into the string that stands for it
  public static Set<String> names(Canary canary, Function<byte[], String> decode) {
    String outside = canary.directory().toString();
    String file = outside + "/" + Canary.MARKER;
    Set<String> names = new LinkedHashSet<>();
    List<String> targets =
        List.of("canary", "canary/" + Canary.MARKER, "volume/../canary/" + Canary.MARKER, "");
    for (String prefix :
        List.of(
            "../",
            "/../",
            "./../",
            "//..//",
            "dir/../../",
            "dir/deep/../../../",
            "/dir/./.././../",
            "file/../../",
            "none/../../",
            "self/../",
            "dots/",
            "dots/dots/",
            "self/dots/",
            "dir/deep/er/../../../../",
            "../../../../../../../../../../" + outside.substring(1) + "/../",
            "root/canary/../",
            "..\\",
            "..%2f",
            "%2e%2e/",
            "..%252f",
            "..%c0%af",
            "..\u2215",
            "\uff0e\uff0e/",
            ".. /",
            ".../",
            "....//",
            "..;/",
            "~/../",
            "C:\\..\\",
            "file://../",
            "\u202e../",
            "a\n../../",
            "..\r/",
            "..\t/")) {
      for (String target : targets) {
        names.add(prefix + target);
      }
    }
    for (String link :
        List.of(
            "abs",
            "up",
            "chain",
            "dir/up",
            "proc",
            "absfile",
            "root",
            "dir/deep/er/up",
            "dots",
            "self")) {
      names.add(link);
      names.add("/" + link + "/");
      names.add(link + "/.");
      names.add(link + "/..");
      names.add(link + "/" + Canary.MARKER);
      names.add(link + "/" + Canary.MARKER + "-sub/" + Canary.MARKER + "-inner");
      names.add("self/self/" + link + "//" + Canary.MARKER);
    }
    names.addAll(
        List.of(
            outside,
            file,
            "/" + file,
            "//" + file,
            file.substring(1),
            "/proc/self/root" + file,
            "/proc/self/cwd/../" + file,
            "proc/../" + Canary.MARKER,
            "root/canary/" + Canary.MARKER,
            "root/volume/../canary",
            "",
            ".",
            "..",
            "/",
            "//",
            "/.",
            "/..",
            "./",
            " ",
            "-rf",
            "*",
            "?",
            "nul\0byte",
            "up\0/" + Canary.MARKER,
            "../canary\0",
            "\ud800",
            "\udc00/../canary",
            decode.apply(new byte[] {(byte) 0xc0, (byte) 0xae, (byte) 0xc0, (byte) 0xae})
                + "/canary",
            decode.apply(new byte[] {'.', '.', (byte) 0xc0, (byte) 0xaf}) + "canary",
            decode.apply(new byte[] {(byte) 0xff, (byte) 0xfe, '/', '.', '.'}) + "/canary",
            decode.apply(new byte[] {(byte) 0xe0, (byte) 0x80, (byte) 0xaf}) + "../canary",
            "x".repeat(255),
            "x".repeat(256),
            "x".repeat(5000),
            "d/".repeat(2047) + "x",
            "d/".repeat(2048) + "x",
            "dots/".repeat(500) + "canary",
            "self/".repeat(45) + "up",
            "../".repeat(1300) + outside.substring(1),
            "./".repeat(3000) + "up/" + Canary.MARKER,
            "é".repeat(127),
            "é".repeat(128)));
    for (byte[] odd : oddBytes()) {
      names.add(decode.apply(odd) + "/../../canary");
    }
    return names;
  }

  private static List<byte[]> oddBytes() {
    List<byte[]> result = new ArrayList<>();
    for (int b : new int[] {1, 7, 8, 10, 13, 27, 127, 128, 191, 192, 237, 240, 254, 255}) {
      result.add(new byte[] {'.', '.', (byte) b});
    }
    result.add("\u0000".replace('\0', '.').getBytes(StandardCharsets.US_ASCII));
    return result;
  }
}
