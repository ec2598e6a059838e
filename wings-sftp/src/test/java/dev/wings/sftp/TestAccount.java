package dev.wings.sftp;

import dev.wings.sftp.account.Account;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.shell.Shell;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An account that can be revoked.
final class TestAccount implements Account {
  private final Object owner;
  private final FileTree files;
  private final @Nullable Shell shell;
  private final List<Consumer<String>> connections = new CopyOnWriteArrayList<>();

  TestAccount(Object owner, FileTree files, @Nullable Shell shell) {
    this.owner = owner;
    this.files = files;
    this.shell = shell;
  }

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
    return Optional.ofNullable(shell);
  }

  @Override
  public Subscription onRevocation(Consumer<String> disconnect) {
    connections.add(disconnect);
    return () -> connections.remove(disconnect);
  }

  void revoke(String reason) {
    connections.forEach(c -> c.accept(reason));
  }

  int subscriptions() {
    return connections.size();
  }
}
