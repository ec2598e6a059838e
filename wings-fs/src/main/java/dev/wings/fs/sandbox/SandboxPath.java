package dev.wings.fs.sandbox;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A path of a sandbox: names as the bytes that the kernel knows. Immutable. The empty relative
/// path has no names here, where the JDK counts one empty name; [#getNameCount] and [#getFileName]
/// say what the JDK says.
final class SandboxPath implements Path {
  private static final byte[] EMPTY_NAME = {};
  private static final byte[] DOT = {'.'};
  private static final byte[] DOT_DOT = {'.', '.'};

  private final Sandbox sandbox;
  private final boolean absolute;
  private final byte[][] names;

  SandboxPath(Sandbox sandbox, boolean absolute, byte[][] names) {
    this.sandbox = sandbox;
    this.absolute = absolute;
    this.names = names;
  }

  /// Splits at slashes; several count as one, one at the end does not count.
  static SandboxPath parse(Sandbox sandbox, byte[] path) {
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == '/') {
        if (i > start) {
          names.add(Arrays.copyOfRange(path, start, i));
        }
        start = i + 1;
      }
    }
    boolean absolute = path.length > 0 && path[0] == '/';
    return new SandboxPath(sandbox, absolute, names.toArray(byte[][]::new));
  }

  Sandbox sandbox() {
    return sandbox;
  }

  /// The names from the root on, with `.` and `..` folded lexically; `..` at the root is dropped
  /// (`filesystem.md` 2.3). Joined by slashes, empty for the root.
  byte[] resolvable() {
    return join(fold(names, /* keepLeadingDotDot= */ false));
  }

  /// As an absolute path with the names of [#resolvable].
  SandboxPath folded() {
    return new SandboxPath(sandbox, true, fold(names, /* keepLeadingDotDot= */ false));
  }

  /// The bytes of this path as it is, for the contents of a link.
  byte[] bytes() {
    byte[] joined = join(names);
    if (!absolute) {
      return joined;
    }
    byte[] result = new byte[joined.length + 1];
    result[0] = '/';
    System.arraycopy(joined, 0, result, 1, joined.length);
    return result;
  }

  /// Bytes of the last name; only for paths that have one.
  byte[] lastName() {
    return names[names.length - 1];
  }

  /// Whether there is a last name and it begins with the ASCII `prefix`.
  boolean lastNameStartsWith(String prefix) {
    return names.length > 0
        && new String(lastName(), StandardCharsets.ISO_8859_1).startsWith(prefix);
  }

  /// The entry `name` in this directory.
  SandboxPath child(byte[] name) {
    return new SandboxPath(sandbox, absolute, append(names, new byte[][] {name}));
  }

  private static byte[] join(byte[][] names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < names.length; i++) {
      if (i > 0) {
        out.write('/');
      }
      out.writeBytes(names[i]);
    }
    return out.toByteArray();
  }

  private static byte[][] fold(byte[][] names, boolean keepLeadingDotDot) {
    List<byte[]> folded = new ArrayList<>(names.length);
    for (byte[] name : names) {
      if (Arrays.equals(name, DOT)) {
        continue;
      }
      if (!Arrays.equals(name, DOT_DOT)) {
        folded.add(name);
      } else if (!folded.isEmpty() && !Arrays.equals(folded.getLast(), DOT_DOT)) {
        folded.removeLast();
      } else if (keepLeadingDotDot) {
        folded.add(name);
      }
    }
    return folded.toArray(byte[][]::new);
  }

  private static byte[][] append(byte[][] first, byte[][] second) {
    byte[][] result = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, result, first.length, second.length);
    return result;
  }

  @Override
  public Sandbox getFileSystem() {
    return sandbox;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  /// The sandbox's root itself.
  boolean isRootPath() {
    return absolute && names.length == 0;
  }

  private boolean isEmpty() {
    return !absolute && names.length == 0;
  }

  @Override
  public @Nullable SandboxPath getRoot() {
    return absolute ? new SandboxPath(sandbox, true, new byte[][] {}) : null;
  }

  @Override
  public @Nullable SandboxPath getFileName() {
    if (isEmpty()) {
      return this;
    }
    return names.length == 0 ? null : relative(names.length - 1, names.length);
  }

  @Override
  public @Nullable SandboxPath getParent() {
    if (names.length == 0 || (names.length == 1 && !absolute)) {
      return null;
    }
    return new SandboxPath(sandbox, absolute, Arrays.copyOf(names, names.length - 1));
  }

  /// The parent of an absolute path; the root is its own.
  SandboxPath parentOrRoot() {
    SandboxPath parent = getParent();
    return parent == null ? this : parent;
  }

  @Override
  public int getNameCount() {
    return isEmpty() ? 1 : names.length;
  }

  @Override
  public SandboxPath getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public SandboxPath subpath(int beginIndex, int endIndex) {
    if (beginIndex < 0 || endIndex > getNameCount() || beginIndex >= endIndex) {
      throw new IllegalArgumentException(
          "range: %d to %d (expected: within 0 to %d)"
              .formatted(beginIndex, endIndex, getNameCount()));
    }
    return isEmpty() ? this : relative(beginIndex, endIndex);
  }

  private SandboxPath relative(int from, int to) {
    return new SandboxPath(sandbox, false, Arrays.copyOfRange(names, from, to));
  }

  @Override
  public boolean startsWith(Path other) {
    if (!(other instanceof SandboxPath that) || that.sandbox != sandbox) {
      return false;
    }
    if (that.isEmpty() || isEmpty()) {
      return that.isEmpty() && isEmpty();
    }
    return absolute == that.absolute && matches(that, 0);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof SandboxPath that) || that.sandbox != sandbox) {
      return false;
    }
    if (that.isEmpty() || isEmpty()) {
      return that.isEmpty() && isEmpty();
    }
    if (that.absolute) {
      return equals(that);
    }
    return matches(that, names.length - that.names.length);
  }

  private boolean matches(SandboxPath that, int offset) {
    if (offset < 0 || offset + that.names.length > names.length) {
      return false;
    }
    for (int i = 0; i < that.names.length; i++) {
      if (!Arrays.equals(names[offset + i], that.names[i])) {
        return false;
      }
    }
    return true;
  }

  @Override
  public SandboxPath normalize() {
    return new SandboxPath(sandbox, absolute, fold(names, /* keepLeadingDotDot= */ !absolute));
  }

  @Override
  public SandboxPath resolve(Path other) {
    SandboxPath that = of(other);
    if (that.absolute) {
      return that;
    }
    return new SandboxPath(sandbox, absolute, append(names, that.names));
  }

  @Override
  public SandboxPath relativize(Path other) {
    SandboxPath that = of(other);
    if (absolute != that.absolute) {
      throw new IllegalArgumentException("other: " + other + " (expected: same kind of path)");
    }
    int common = 0;
    while (common < Math.min(names.length, that.names.length)
        && Arrays.equals(names[common], that.names[common])) {
      common++;
    }
    List<byte[]> result = new ArrayList<>();
    for (int i = common; i < names.length; i++) {
      if (Arrays.equals(names[i], DOT_DOT)) {
        throw new IllegalArgumentException("path: " + this + " (expected: normalized)");
      }
      result.add(DOT_DOT);
    }
    result.addAll(Arrays.asList(that.names).subList(common, that.names.length));
    return new SandboxPath(sandbox, false, result.toArray(byte[][]::new));
  }

  private SandboxPath of(Path other) {
    if (requireNonNull(other, "other") instanceof SandboxPath that && that.sandbox == sandbox) {
      return that;
    }
    throw new ProviderMismatchException("other: " + other + " (expected: path of this sandbox)");
  }

  /// An identifier for people; there is no way back from a URI.
  @Override
  public URI toUri() {
    try {
      return new URI(SandboxProvider.SCHEME, null, toAbsolutePath().toString(), null);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("path without a URI: " + this, e);
    }
  }

  @Override
  public SandboxPath toAbsolutePath() {
    return absolute ? this : new SandboxPath(sandbox, true, names);
  }

  @Override
  public SandboxPath toRealPath(LinkOption... options) throws IOException {
    return sandbox.realPath(this, SandboxProvider.follows(options));
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("a sandbox cannot be watched");
  }

  @Override
  public int compareTo(Path other) {
    SandboxPath that = (SandboxPath) other;
    return Arrays.compareUnsigned(bytes(), that.bytes());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SandboxPath that
        && that.sandbox == sandbox
        && that.absolute == absolute
        && Arrays.deepEquals(that.names, names);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.deepHashCode(names) + Boolean.hashCode(absolute);
  }

  /// The names with slashes; bytes that are not UTF-8 are escaped reversibly.
  @Override
  public String toString() {
    if (names.length == 0) {
      return absolute ? "/" : NameCodec.decode(EMPTY_NAME);
    }
    return Arrays.stream(names)
        .map(NameCodec::decode)
        .collect(Collectors.joining("/", absolute ? "/" : "", ""));
  }
}
