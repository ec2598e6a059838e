package dev.wings.sftp;

import dev.wings.sftp.shell.Shell;
import java.nio.charset.StandardCharsets;

/// Says hello and repeats what it hears.
final class EchoShell implements Shell {
  @Override
  public Session open(Terminal terminal) {
    terminal.print("hello\r\n");
    return new Session() {
      @Override
      public void input(byte[] bytes) {
        terminal.print(new String(bytes, StandardCharsets.UTF_8));
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public int exec(String command, Terminal terminal) {
    terminal.print("ran " + command);
    return 7;
  }
}
