package dev.wings.fs.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileContentTest {
  @TempDir Path directory;

  @Test
  void aFileOfExactlyWhatMayBeScannedIsReadToItsEnd() throws Exception {
    FileContent content = FileContent.of(Files.writeString(directory.resolve("a.txt"), "1\n2\n3"));

    FileContent.Lines lines = content.lines(3, 9, 100, 5);

    assertThat(lines).isEqualTo(new FileContent.Lines("3", 1, true));
    assertThatThrownBy(() -> content.lines(3, 9, 100, 4)).isInstanceOf(ContentLimitException.class);
  }
}
