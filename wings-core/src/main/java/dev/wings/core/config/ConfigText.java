package dev.wings.core.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A configuration file as it is written, and what it says.
///
/// @param root null when the file holds no value
/// @param tree what it says, unknown keys included
record ConfigText(String text, @Nullable YamlNode root, ObjectNode tree) {
  private static final int MAX_BYTES = 4 * YamlParser.MAX_CHARACTERS;

  /// What a file says that does not exist.
  static ConfigText absent() {
    return parse("");
  }

  /// @throws java.nio.file.NoSuchFileException when there is no file
  /// @throws WingsException as [#parse]
  static ConfigText read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in.readNBytes(MAX_BYTES + 1));
    }
  }

  /// @throws WingsException kind INVALID with line and key when it is no single YAML mapping, or
  ///   larger or deeper than any configuration is
  static ConfigText parse(byte[] file) {
    if (file.length > MAX_BYTES) {
      throw WingsException.invalid("larger than " + MAX_BYTES + " bytes");
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(file);
      return parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException malformed) {
      throw new WingsException(ErrorKind.INVALID, "not UTF-8", malformed);
    }
  }

  /// @throws WingsException kind INVALID with line and key
  static ConfigText parse(String text) {
    YamlNode root = YamlParser.parse(text);
    return root == null
        ? new ConfigText(text, null, JsonNodeFactory.instance.objectNode())
        : new ConfigText(text, root, YamlTree.mapping(root, ConfigSchema.root()));
  }

  boolean says(ObjectNode wanted) {
    return SameContent.of(tree, wanted);
  }

  /// The same file saying something else: what stays the same stays as it is written, comments and
  /// order included.
  ConfigText with(ObjectNode wanted) {
    return YamlEditor.edit(this, wanted);
  }
}
