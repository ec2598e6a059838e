package dev.wings.backup.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.fs.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A small JSON document on the disk that carries its version and the checksum of itself. The good
/// copy before it is kept beside it (`threats.md` ST-01). Not safe for concurrent use.
final class CheckedFile {
  static final String PREVIOUS = ".previous";
  static final String DAMAGED = ".damaged";

  private static final int VERSION = 1;
  private static final long MAX_BYTES = 4 << 20;
  private static final Logger log = LoggerFactory.getLogger(CheckedFile.class);

  private final Path file;

  CheckedFile(Path file) {
    this.file = file;
  }

  /// A document and whether it is the one before a damaged one.
  record Content(JsonNode document, boolean previous) {}

  /// Reads the document. A damaged one is set aside, and the previous one is used.
  Optional<Content> read() {
    try {
      return Optional.of(new Content(parse(file), /* previous= */ false));
    } catch (NoSuchFileException missing) {
      return previous();
    } catch (IOException damage) {
      setAside(damage);
      return previous();
    }
  }

  private Optional<Content> previous() {
    try {
      return Optional.of(new Content(parse(sibling(PREVIOUS)), /* previous= */ true));
    } catch (IOException unusable) {
      return Optional.empty();
    }
  }

  private static JsonNode parse(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("is not a regular file");
    }
    if (Files.size(path) > MAX_BYTES) {
      throw new IOException("is too large");
    }
    JsonNode envelope = Json.mapper().readTree(Files.readAllBytes(path));
    if (envelope.path("version").asInt() != VERSION) {
      throw new IOException("has version " + envelope.path("version"));
    }
    JsonNode document = envelope.path("content");
    if (!checksum(document).equals(envelope.path("sha256").asText())) {
      throw new IOException("does not match its checksum");
    }
    return document;
  }

  private static String checksum(JsonNode document) {
    try {
      byte[] text = document.toString().getBytes(UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }

  /// Replaces the document; on the disk when the call returns.
  void write(JsonNode document) throws IOException {
    keepPrevious();
    ObjectNode envelope = Json.mapper().createObjectNode();
    envelope.put("version", VERSION).put("sha256", checksum(document));
    envelope.set("content", document);
    AtomicFiles.replace(file, envelope.toString() + "\n");
  }

  private void keepPrevious() throws IOException {
    try {
      parse(file);
    } catch (NoSuchFileException first) {
      return;
    } catch (IOException damage) {
      setAside(damage);
      return;
    }
    Path link = sibling(".link");
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, file);
    } catch (UnsupportedOperationException noLinks) {
      Files.copy(file, link, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(
        link,
        sibling(PREVIOUS),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  /// Removes the document and what was kept of it; what was damaged stays. The previous copy goes
  /// first: it must not come back when the other one has gone.
  void remove() throws IOException {
    Files.deleteIfExists(sibling(PREVIOUS));
    Files.deleteIfExists(sibling(".link"));
    Files.deleteIfExists(file);
    try (FileChannel directory =
        FileChannel.open(requireNonNull(file.getParent()), StandardOpenOption.READ)) {
      directory.force(/* metaData= */ true);
    }
  }

  private void setAside(IOException damage) {
    try {
      Files.move(file, free(sibling(DAMAGED)));
      log.atWarn()
          .addKeyValue("file", file.getFileName())
          .setCause(damage)
          .log("entry of the catalog of backups is damaged and was set aside");
    } catch (IOException e) {
      e.addSuppressed(damage);
      log.atWarn()
          .addKeyValue("file", file.getFileName())
          .setCause(e)
          .log("entry of the catalog of backups is damaged and could not be set aside");
    }
  }

  /// A name that nothing has, so that a directory is no obstacle.
  static Path free(Path wanted) {
    Path candidate = wanted;
    for (int i = 1; Files.exists(candidate, LinkOption.NOFOLLOW_LINKS); i++) {
      candidate = wanted.resolveSibling(wanted.getFileName() + "-" + i);
    }
    return candidate;
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
