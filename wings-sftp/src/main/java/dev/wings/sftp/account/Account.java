package dev.wings.sftp.account;

import static java.util.Objects.requireNonNull;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.shell.Shell;
import java.util.Optional;
import java.util.function.Consumer;

/// What somebody who logged in has to work with. One object for each connection.
public interface Account {
  /// Files without a console, for somebody who never has to leave.
  static Account of(Object owner, FileTree files) {
    requireNonNull(owner, "owner");
    requireNonNull(files, "files");
    return new Account() {
      @Override
      public Object owner() {
        return owner;
      }

      @Override
      public FileTree files() {
        return files;
      }

      @Override
      public Optional<Shell> shell() {
        return Optional.empty();
      }

      @Override
      public Subscription onRevocation(Consumer<String> disconnect) {
        return () -> {};
      }
    };
  }

  /// Connections are counted by it (`max_connections_per_user`): equal for all connections of a
  /// user. Its `toString` names the user in logs.
  Object owner();

  FileTree files();

  /// The console for `shell` and `exec` requests; empty refuses those and `pty-req`. Asked at each
  /// request.
  Optional<Shell> shell();

  /// Asks to be told when the user has to leave.
  ///
  /// @param disconnect takes the reason, which is sent to the client; may be called at once and
  ///   more than once, from any thread
  /// @return closed when the connection has ended
  Subscription onRevocation(Consumer<String> disconnect);

  /// Ends a subscription; idempotent.
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
