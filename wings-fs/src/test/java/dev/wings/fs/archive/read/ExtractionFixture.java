package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A volume with a directory `out` to extract into, beside files that nothing may touch.
final class ExtractionFixture implements AutoCloseable {
  private final Path outside;
  private final Path volume;
  private final Sandbox sandbox;
  private final String before;

  ExtractionFixture(Path host) throws IOException {
    this(host, SandboxOptions.defaults());
  }

  ExtractionFixture(Path host, SandboxOptions options) throws IOException {
    outside = Files.createDirectory(host.resolve("outside"));
    Files.writeString(outside.resolve("canary"), "untouched");
    volume = Files.createDirectory(host.resolve("volume"));
    Files.createDirectory(volume.resolve("out"));
    sandbox = Sandbox.open(volume, options);
    before = outsideNow();
  }

  Path outside() {
    return outside;
  }

  Path volume() {
    return volume;
  }

  /// Where archives are extracted, on the host.
  Path out() {
    return volume.resolve("out");
  }

  Sandbox sandbox() {
    return sandbox;
  }

  ExtractionResult extract(String name, byte[] archive) throws IOException {
    return extract(name, archive, ExtractionLimits.DEFAULT, PathFilter.NONE);
  }

  ExtractionResult extract(String name, byte[] archive, ExtractionLimits limits)
      throws IOException {
    return extract(name, archive, limits, PathFilter.NONE);
  }

  ExtractionResult extract(String name, byte[] archive, ExtractionLimits limits, PathFilter filter)
      throws IOException {
    Files.write(volume.resolve(name), archive);
    return extract(name, limits, filter, new Progress());
  }

  ExtractionResult extract(
      String name, ExtractionLimits limits, PathFilter filter, Progress progress)
      throws IOException {
    Path root = sandbox.getPath("/");
    try (Extraction extraction = Extraction.open(root.resolve(name), 2, limits)) {
      return extraction.run(root.resolve("out"), root, filter, progress);
    }
  }

  /// What is in `out`, links not followed.
  List<String> tree() throws IOException {
    try (Stream<Path> files = Files.walk(out())) {
      return files
          .filter(f -> !f.equals(out()))
          .map(f -> out().relativize(f).toString())
          .sorted()
          .toList();
    }
  }

  /// Links in `out` whose contents lead out of the volume, by themselves or through others.
  List<Path> linksThatLeadOut() throws IOException {
    try (Stream<Path> files = Files.walk(volume)) {
      return files.filter(Files::isSymbolicLink).filter(this::leadsOut).toList();
    }
  }

  private boolean leadsOut(Path link) {
    try {
      Path target = Files.readSymbolicLink(link);
      Path lexical = link.resolveSibling(target).normalize();
      return target.isAbsolute()
          || !lexical.startsWith(volume)
          || (Files.exists(link) && !link.toRealPath().startsWith(volume.toRealPath()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  void clear() throws IOException {
    try (Stream<Path> files = Files.walk(out())) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        if (!file.equals(out())) {
          Files.delete(file);
        }
      }
    }
  }

  void assertNothingOutsideChanged() throws IOException {
    assertThat(outsideNow()).isEqualTo(before);
  }

  private String outsideNow() throws IOException {
    StringBuilder result = new StringBuilder();
    Path host = outside.getParent();
    try (Stream<Path> files = Files.walk(host)) {
      for (Path file : files.filter(f -> !f.startsWith(volume)).sorted().toList()) {
        var a = Files.readAttributes(file, "unix:mode,uid,size,nlink", LinkOption.NOFOLLOW_LINKS);
        result.append(file).append(new java.util.TreeMap<>(a)).append('\n');
      }
    }
    return result
        .append(Files.getLastModifiedTime(outside.resolve("canary")))
        .append(Files.readString(outside.resolve("canary")))
        .toString();
  }

  @Override
  public void close() {
    sandbox.close();
  }
}
