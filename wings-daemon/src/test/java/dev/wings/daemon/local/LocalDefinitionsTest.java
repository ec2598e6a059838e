package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LocalDefinitionsTest {
  @TempDir Path directory;

  private final Logger logger = (Logger) LoggerFactory.getLogger(LocalDefinitions.class);
  private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();
  private LocalDefinitions definitions;

  @BeforeEach
  void open() {
    definitions = new LocalDefinitions(directory);
    warnings.start();
    logger.addAppender(warnings);
  }

  @AfterEach
  void close() {
    logger.detachAppender(warnings);
  }

  private Path json(String name, UUID server, String title) throws IOException {
    return Files.writeString(directory.resolve(name), TestDefinitions.json(server, title));
  }

  private List<String> names() {
    return definitions.all().stream()
        .map(entry -> entry.definition().settings().meta().name())
        .toList();
  }

  private List<String> reasons() {
    return warnings.list.stream()
        .map(event -> String.valueOf(event.getKeyValuePairs().getLast().value))
        .toList();
  }

  @Test
  void jsonAndYamlAreReadInOrderOfTheirNames() throws IOException {
    UUID first = UUID.randomUUID();
    json("b.json", UUID.randomUUID(), "json");
    Files.writeString(directory.resolve("a.yml"), TestDefinitions.yaml(first, "yml"));
    Files.writeString(directory.resolve("c.yaml"), TestDefinitions.yaml(UUID.randomUUID(), "yaml"));
    Files.writeString(directory.resolve("d.txt"), "not ours");

    assertThat(names()).containsExactly("yml", "json", "yaml");
    assertThat(definitions.find(first).orElseThrow().file()).hasFileName("a.yml");
    assertThat(definitions.find(UUID.randomUUID())).isEmpty();
    assertThat(warnings.list).isEmpty();
  }

  @Test
  void yamlMayUseAnchorsAndAliases() throws IOException {
    UUID server = UUID.randomUUID();
    Files.writeString(
        directory.resolve("a.yml"),
        """
        common: &name shared
        settings:
          uuid: %s
          meta: { name: *name }
          container: { image: *name }
        process_configuration: {}
        installation: { container_image: *name, entrypoint: ash, script: "echo hi" }
        """
            .formatted(server));

    LocalDefinitions.Entry entry = definitions.find(server).orElseThrow();

    assertThat(entry.definition().settings().meta().name()).isEqualTo("shared");
    assertThat(entry.script().containerImage()).isEqualTo("shared");
    assertThat(entry.script().script()).isEqualTo("echo hi");
  }

  @Test
  void aFileThatCannotBeUsedIsReportedAndCostsNoOther() throws IOException {
    json("good.json", UUID.randomUUID(), "good");
    Files.writeString(directory.resolve("broken.json"), "{\"settings\": {");
    Files.writeString(directory.resolve("broken.yml"), "a: [1\nb: 2");
    Files.writeString(directory.resolve("empty.yml"), "");
    Files.writeString(directory.resolve("no-uuid.json"), "{\"settings\": {}}");
    Files.createDirectory(directory.resolve("directory.json"));
    Files.createSymbolicLink(directory.resolve("nowhere.json"), Path.of("/nonexistent"));
    try (var huge =
        Files.newByteChannel(
            directory.resolve("huge.json"),
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      huge.position(5 << 20).write(java.nio.ByteBuffer.allocate(1));
    }

    assertThat(names()).containsExactly("good");
    assertThat(reasons())
        .hasSize(6)
        .anyMatch(reason -> reason.contains("regular"))
        .anyMatch(reason -> reason.contains("larger than"));
  }

  @Test
  void whatIsWrongIsSaidOncePerChange() throws IOException {
    Path file = Files.writeString(directory.resolve("a.json"), "{");
    definitions.all();
    definitions.all();
    definitions.find(UUID.randomUUID());
    assertThat(warnings.list).hasSize(1);

    Files.writeString(file, "{{");
    definitions.all();

    assertThat(warnings.list).hasSize(2);
  }

  @Test
  void aNamedPipeDoesNotBlock() throws Exception {
    assertThat(
            new ProcessBuilder("mkfifo", directory.resolve("pipe.json").toString())
                .start()
                .waitFor())
        .isZero();

    assertThat(names()).isEmpty();
    assertThat(reasons()).containsExactly("no regular file");
  }

  @Test
  void anUnchangedFileIsNotReadAgain() throws IOException {
    json("a.json", UUID.randomUUID(), "one");

    assertThat(definitions.all().getFirst()).isSameAs(definitions.all().getFirst());
  }

  @Test
  void changesAreSeenByEditAndByReplacement() throws IOException {
    UUID server = UUID.randomUUID();
    Path file = json("a.json", server, "one");
    assertThat(names()).containsExactly("one");

    json("a.json", server, "another");
    assertThat(names()).containsExactly("another");

    // the same size and time, but another file: what editors do that write beside and rename
    Path beside = json("a.tmp", server, "replace");
    Files.setLastModifiedTime(beside, Files.getLastModifiedTime(file));
    Files.move(beside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(names()).containsExactly("replace");

    Files.delete(file);
    assertThat(names()).isEmpty();
  }

  @Test
  void ofTwoFilesForOneServerTheFirstCounts() throws IOException {
    UUID server = UUID.randomUUID();
    json("a.json", server, "first");
    json("b.json", server, "second");

    assertThat(names()).containsExactly("first");
    assertThat(names()).containsExactly("first");
    assertThat(reasons()).containsExactly("another file defines server " + server);

    Files.delete(directory.resolve("a.json"));
    assertThat(names()).containsExactly("second");
  }

  @Test
  void aDirectoryThatCannotBeListedIsAFailureOfThePanel() throws IOException {
    Files.delete(directory);

    assertThatThrownBy(definitions::all)
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM));
    Files.createDirectory(directory);
  }
}
