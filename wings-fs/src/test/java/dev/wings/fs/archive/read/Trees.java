package dev.wings.fs.archive.read;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Trees of files on the host, made and described by the system's tools, which know every kind of
/// file and every name.
final class Trees {
  private Trees() {}

  /// What archives may have to carry.
  static Path make(Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    ArchiveTools.run(
        directory,
        """
        mkdir -p world/region empty 'with space/deeper'
        : > world/nothing
        seq 1 20000 > world/level.dat
        head -c 3000000 /dev/urandom > world/region/r.0.0.mca
        head -c 300000 /dev/urandom > world/region/r.0.1.mca
        echo hello > 'with space/deeper/Grüße.txt'
        echo run > start.sh
        chmod 755 start.sh
        echo secret > key
        chmod 600 key
        echo back > 'back\\slash..txt'
        long=$(printf 'n%.0s' $(seq 1 120))
        mkdir -p $long/$long/$long
        echo deep > $long/$long/$long/$long
        chmod 700 'with space/deeper'
        touch -d '2021-03-04 05:06:08Z' world/level.dat start.sh
        touch -d '2001-09-09 01:46:40Z' empty world/region
        """);
    return directory;
  }

  static void addLinks(Path directory) throws IOException, InterruptedException {
    ArchiveTools.run(
        directory,
        "ln -s level.dat world/current; ln -s ../start.sh world/up; ln world/level.dat hard;"
            + " ln -s nowhere dangling");
  }

  static void addUnusualNames(Path directory) throws IOException, InterruptedException {
    ArchiveTools.run(
        directory, "printf x > $'latin-\\xe4\\xff'; mkdir $'dir-\\xfe'; echo y > $'dir-\\xfe/f'");
  }

  /// Everything about a tree that an archive carries, one line each.
  static String describe(Path directory) throws IOException, InterruptedException {
    return describe(directory, "%P %y %m %Ts %l %n");
  }

  /// @param format of find(1)'s `-printf`; checksums of all files follow
  static String describe(Path directory, String format) throws IOException, InterruptedException {
    Path output = Files.createTempFile("wings-tree", ".txt");
    try {
      ArchiveTools.run(
          directory,
          "find . -mindepth 1 -printf '"
              + format
              + "\\n' | LC_ALL=C sort > "
              + output
              + "; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha1sum >> "
              + output);
      return Files.readString(output, StandardCharsets.ISO_8859_1);
    } finally {
      Files.delete(output);
    }
  }
}
