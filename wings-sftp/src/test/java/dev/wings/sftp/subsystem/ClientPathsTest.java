package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientPathsTest {
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "/, ''",
    "., ''",
    ".., ''",
    "/.., ''",
    "../../.., ''",
    "/a, a",
    "a/, a",
    "//nested/., nested",
    "/a/../../b, b",
    "/a/b/c/../../d, a/d",
    "/a/b/../.., ''",
    "a/./b//c, a/b/c",
    "/ab/../c, c",
    "/.../..a/a.., .../..a/a..",
    "/a/..., a/...",
    "link/../x, x"
  })
  void foldsPathsBeforeTheyAreLookedUp(String path, String names) {
    assertThat(new String(ClientPaths.fold(path.getBytes(UTF_8)), UTF_8)).isEqualTo(names);
  }
}
