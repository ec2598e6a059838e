package dev.wings.backup.testing;

import dev.wings.fs.host.Commands;
import dev.wings.fs.host.HostCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// A shell script in place of a program of the host. It finds its state in `$STATE`, and what it
/// was called with is written down.
public final class StubProgram {
  private final Path directory;
  private final Path calls;

  /// @param directory that is empty
  /// @param script says what the program does, after the call was written down
  public StubProgram(Path directory, String name, String script) throws IOException {
    this.directory = directory;
    this.calls = Files.createFile(directory.resolve("calls"));
    Path program =
        Files.writeString(
            directory.resolve(name),
            """
            #!/bin/sh
            STATE='%s'
            echo "$LC_ALL $*" >> "$STATE/calls"
            refuse() { echo "$*" >&2; exit 1; }
            """
                    .formatted(directory)
                + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  public Commands commands() {
    return new HostCommands(directory + ":/usr/bin:/bin");
  }

  /// A file that the script looks at.
  public void state(String name, String content) throws IOException {
    Files.writeString(directory.resolve(name), content);
  }

  public Path state(String name) {
    return directory.resolve(name);
  }

  /// What it was called with, `LC_ALL` first.
  public List<String> calls() throws IOException {
    return Files.readAllLines(calls);
  }

  public void forgetCalls() throws IOException {
    Files.writeString(calls, "");
  }
}
