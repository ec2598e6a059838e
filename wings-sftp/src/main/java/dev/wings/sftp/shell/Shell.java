package dev.wings.sftp.shell;

/// What `shell` and `exec` requests of a user run. Calls come from virtual threads and may block.
public interface Shell {
  /// Begins an interactive session.
  Session open(Terminal terminal);

  /// Runs one command of an `exec` request and returns its exit status. Interrupted when the
  /// channel closes.
  int exec(String command, Terminal terminal) throws InterruptedException;

  /// The client's side of a channel. Safe for use by many threads; never blocks.
  interface Terminal {
    /// Sends text, already with the line ends that a terminal wants. When the client does not read
    /// what was sent, more than a bounded amount is dropped.
    ///
    /// @return false when it was dropped
    boolean print(String text);

    /// Ends the session with an exit status.
    void exit(int status);

    /// Ends the whole connection.
    void disconnect();
  }

  /// A running interactive session. Calls come one at a time.
  interface Session extends AutoCloseable {
    /// Bytes that the client sent.
    void input(byte[] bytes);

    /// The channel is gone. Idempotent.
    @Override
    void close();
  }
}
