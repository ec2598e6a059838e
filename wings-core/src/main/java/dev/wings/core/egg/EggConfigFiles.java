package dev.wings.core.egg;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.ConfigFile;
import dev.wings.core.definition.ServerDefinition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rewrites the configuration files that an egg names (`panel-remote-api.md` 6).
///
/// Two things are safer than in the reference: a file that cannot be parsed is left as it is
/// instead of being rebuilt from nothing, and a file in which nothing changes is not written. A
/// byte-order mark stays.
public final class EggConfigFiles implements ConfigFileRewriter {
  private static final Logger log = LoggerFactory.getLogger(EggConfigFiles.class);

  /// Largest configuration file, before and after.
  static final int MAX_BYTES = 1 << 20;

  private static final int MAX_LINE = 64 << 10;
  private static final int MAX_SENTENCE = 500;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  @Override
  public List<String> rewrite(Path root, ServerDefinition definition, String dockerInterface) {
    List<String> problems = new ArrayList<>();
    Placeholders placeholders = new Placeholders(definition, dockerInterface);
    for (ConfigFile file : definition.process().configs()) {
      try {
        rewrite(root, file, placeholders);
      } catch (WingsException known) {
        problems.add(problem(file, known.getMessage()));
      } catch (IOException | RuntimeException failure) {
        problems.add(problem(file, "it cannot be read or written"));
        log.atWarn()
            .addKeyValue("server", definition.uuid())
            .addKeyValue("file", file.file())
            .setCause(failure)
            .log("configuration file not updated");
      }
    }
    return List.copyOf(problems);
  }

  /// A sentence of one line; names and reasons may hold what the Panel or the file's owner wrote.
  private static String problem(ConfigFile file, String reason) {
    String sentence = file.file() + " was not updated: " + reason;
    String line = sentence.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    return line.length() <= MAX_SENTENCE ? line : line.substring(0, MAX_SENTENCE) + "…";
  }

  private static void rewrite(Path root, ConfigFile file, Placeholders placeholders)
      throws IOException {
    Editor editor = editor(file.parser());
    Path path = below(root, file.file());
    createParents(root, path);
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (file.createNew()) {
        write(path, editor.edit("", file.replacements(), placeholders));
      }
      return;
    }
    Path present = inside(root, path);
    if (!Files.isRegularFile(present, LinkOption.NOFOLLOW_LINKS)) {
      throw WingsException.invalid("it is no regular file");
    }
    String content = read(present);
    if (editor.limitsLines() && content.lines().anyMatch(line -> line.length() > MAX_LINE)) {
      throw new WingsException(
          ErrorKind.LIMIT, "a line is longer than " + MAX_LINE + " characters");
    }
    String mark = content.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    String text = content.substring(mark.length());
    String edited = editor.edit(text, file.replacements(), placeholders);
    if (!edited.equals(text)) {
      write(present, mark + edited);
    }
  }

  private static Editor editor(String parser) {
    return switch (parser) {
      case "file" -> new TextEditor();
      case "properties" -> new PropertiesEditor();
      case "ini" -> new IniEditor();
      case "toml" -> new TomlEditor();
      case "xml" -> new XmlEditor();
      case "json" -> new JsonEditor();
      case "yaml", "yml" -> new YamlEditor();
      default ->
          throw new WingsException(ErrorKind.UNSUPPORTED, "there is no parser '" + parser + "'");
    };
  }

  /// A path below the root, whatever the egg says.
  private static Path below(Path root, String file) {
    if (file.indexOf('\0') >= 0) {
      throw WingsException.invalid("it names no file");
    }
    Path path = root;
    for (String name : file.split("/")) {
      if (name.equals("..")) {
        path = path.equals(root) ? root : Optional.ofNullable(path.getParent()).orElse(root);
      } else if (!name.isEmpty() && !name.equals(".")) {
        path = path.resolve(name);
      }
    }
    if (path.equals(root)) {
      throw WingsException.invalid("it names no file");
    }
    return path;
  }

  private static void createParents(Path root, Path path) throws IOException {
    Path parent = Objects.requireNonNull(path.getParent(), "a path below the root has a parent");
    Path present = parent;
    while (!present.equals(root) && !Files.exists(present, LinkOption.NOFOLLOW_LINKS)) {
      present = Objects.requireNonNull(present.getParent(), "a path below the root has a parent");
    }
    if (!present.equals(root)) {
      inside(root, present);
    }
    if (!parent.equals(root)) {
      Files.createDirectories(parent);
    }
  }

  /// The path without links. A sandboxed root cannot be left anyway; any other is guarded here.
  private static Path inside(Path root, Path path) throws IOException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException dangling) {
      throw new WingsException(ErrorKind.INVALID, "it is a link that leads nowhere", dangling);
    }
    if (!real.startsWith(root.toRealPath())) {
      throw WingsException.invalid("it is a link out of the server's directory");
    }
    return real;
  }

  private static String read(Path path) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      if (channel.size() > MAX_BYTES) {
        throw new WingsException(ErrorKind.LIMIT, "it is larger than " + MAX_BYTES + " bytes");
      }
      ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES + 1);
      while (buffer.hasRemaining() && channel.read(buffer) > 0) {
        // until the end
      }
      if (buffer.position() > MAX_BYTES) {
        throw new WingsException(ErrorKind.LIMIT, "it is larger than " + MAX_BYTES + " bytes");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(buffer.flip()).toString();
    } catch (CharacterCodingException notText) {
      throw new WingsException(ErrorKind.INVALID, "it is no UTF-8 text", notText);
    }
  }

  private static void write(Path target, String content) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
    if (bytes.remaining() > MAX_BYTES) {
      throw new WingsException(
          ErrorKind.LIMIT, "its new content is larger than " + MAX_BYTES + " bytes");
    }
    Path temporary = target.resolveSibling(".wings-staging-" + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      keepMode(target, temporary);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void keepMode(Path from, Path to) throws IOException {
    PosixFileAttributeView old = Files.getFileAttributeView(from, PosixFileAttributeView.class);
    PosixFileAttributeView fresh = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (old != null && fresh != null && Files.exists(from)) {
      fresh.setPermissions(old.readAttributes().permissions());
    }
  }
}
