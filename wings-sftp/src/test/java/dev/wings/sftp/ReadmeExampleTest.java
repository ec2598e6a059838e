package dev.wings.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.sftp.account.Account;
import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.account.Credential;
import dev.wings.sftp.account.Verdict;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.files.PlainTree;
import dev.wings.sftp.server.HostKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README.
class ReadmeExampleTest {
  @Test
  void aDirectoryIsServed(@TempDir Path directory, @TempDir Path keys) throws IOException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // readme:start
      FileTree files = new PlainTree(directory, threads); // or any java.nio.file tree of your own
      Authenticator authenticator =
          (attempt, credential) ->
              credential.equals(new Credential.Password("correct horse"))
                  ? new Verdict.Accepted(Account.of(attempt.userName(), files))
                  : new Verdict.Refused("wrong password");
      try (SftpServer server =
          SftpServer.builder()
              .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .hostKey(HostKeys.loadOrCreate(keys, "ssh-ed25519"))
              .authenticator(authenticator)
              .start()) {
        serve(server.address()); // sftp -P PORT anybody@127.0.0.1
      }
      // readme:end
    }
  }

  private static void serve(InetSocketAddress address) throws IOException {
    try (SshTestClient client = new SshTestClient(address.getPort())) {
      assertThat(client.login("anybody", "correct horse").isAuthenticated()).isTrue();
      assertThatThrownBy(() -> client.login("anybody", "wrong")).isInstanceOf(IOException.class);
    }
  }
}
