package dev.wings.core.egg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.ConfigFile;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.json.YamlDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rewrites the configuration files that an egg names (`panel-remote-api.md` 6).
///
/// Two things are safer than in the reference: a file that cannot be parsed is left as it is
/// instead of being rebuilt from nothing, and a file in which nothing changes is not written.
public final class EggConfigFiles implements ConfigFileRewriter {
  private static final Logger log = LoggerFactory.getLogger(EggConfigFiles.class);
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_LINE = 64 << 10;

  @Override
  public List<String> rewrite(Path root, ServerDefinition definition, String dockerInterface) {
    List<String> problems = new ArrayList<>();
    Placeholders placeholders = new Placeholders(definition, dockerInterface);
    for (ConfigFile file : definition.process().configs()) {
      try {
        rewrite(root, file, placeholders);
      } catch (WingsException known) {
        problems.add(file.file() + " was not updated: " + known.getMessage());
      } catch (IOException failure) {
        problems.add(file.file() + " was not updated: it cannot be read or written");
        log.atWarn()
            .addKeyValue("server", definition.uuid())
            .addKeyValue("file", file.file())
            .setCause(failure)
            .log("configuration file not updated");
      }
    }
    return List.copyOf(problems);
  }

  private static void rewrite(Path root, ConfigFile file, Placeholders placeholders)
      throws IOException {
    Editor editor = editor(file.parser());
    Path path = below(root, file.file());
    Path parent = path.getParent();
    if (parent != null && !parent.equals(root)) {
      Files.createDirectories(parent);
    }
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (file.createNew()) {
        write(path, editor.edit("", file.replacements(), placeholders));
      }
      return;
    }
    if (!Files.isRegularFile(path)) {
      throw WingsException.invalid("it is no regular file");
    }
    String content = read(path);
    String edited = editor.edit(content, file.replacements(), placeholders);
    if (!edited.equals(content)) {
      write(path, edited);
    }
  }

  private static Editor editor(String parser) {
    return switch (parser) {
      case "file" -> new TextEditor();
      case "properties" -> new PropertiesEditor();
      case "ini" -> new IniEditor();
      case "toml" -> new TomlEditor();
      case "xml" -> new XmlEditor();
      case "json" ->
          (content, replacements, placeholders) -> {
            JsonNode before = json(content);
            JsonNode after = new TreeEditor(placeholders).edit(before, replacements);
            return after.equals(before) && !content.isBlank() ? content : pretty(after);
          };
      case "yaml", "yml" ->
          (content, replacements, placeholders) -> {
            YamlDocument document = YamlDocument.parse(content);
            JsonNode after = new TreeEditor(placeholders).edit(document.tree(), replacements);
            return after.equals(document.tree()) ? content : document.render(after);
          };
      default ->
          throw new WingsException(ErrorKind.UNSUPPORTED, "there is no parser '" + parser + "'");
    };
  }

  private static JsonNode json(String content) {
    if (content.isBlank()) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      return Json.mapper().readTree(content);
    } catch (JsonProcessingException malformed) {
      throw new WingsException(ErrorKind.INVALID, "no valid JSON", malformed);
    }
  }

  private static String pretty(JsonNode tree) {
    try {
      var printer =
          new com.fasterxml.jackson.core.util.DefaultPrettyPrinter()
              .withArrayIndenter(new com.fasterxml.jackson.core.util.DefaultIndenter("  ", "\n"))
              .withObjectIndenter(new com.fasterxml.jackson.core.util.DefaultIndenter("  ", "\n"));
      return Json.mapper().writer(printer).writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /// A path below the root, whatever the egg says; the sandbox refuses links that leave it.
  private static Path below(Path root, String file) {
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

  private static String read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
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
      String content = StandardCharsets.UTF_8.newDecoder().decode(buffer.flip()).toString();
      if (content.lines().anyMatch(line -> line.length() > MAX_LINE)) {
        throw new WingsException(
            ErrorKind.LIMIT, "a line is longer than " + MAX_LINE + " characters");
      }
      return content;
    } catch (CharacterCodingException notText) {
      throw new WingsException(ErrorKind.INVALID, "it is no UTF-8 text", notText);
    }
  }

  private static void write(Path path, String content) throws IOException {
    Path target = Files.exists(path) ? path.toRealPath() : path;
    Path temporary = target.resolveSibling(".wings-staging-" + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
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
