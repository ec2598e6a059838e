package dev.wings.daemon.cli;

import dev.wings.core.config.ConfigStore;
import dev.wings.daemon.local.ConsoleClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `wings console`: a server's console in this terminal, through the daemon that runs on this node.
@Command(
    name = "console",
    description = "Shows the console of a server; .start .stop .restart .kill .quit",
    mixinStandardHelpOptions = true)
final class ConsoleCommand implements Callable<Integer> {
  private static final List<String> EVERYTHING =
      List.of("websocket.connect", "*", "admin.websocket.errors", "admin.websocket.install");

  @ParentCommand private @Nullable WingsCommand wings;

  @Parameters(paramLabel = "SERVER", description = "UUID of the server")
  private @Nullable UUID server;

  @Override
  public Integer call() throws IOException {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    UUID id = java.util.Objects.requireNonNull(server);
    ConfigStore store = parent.openConfig();
    LocalDaemon daemon = new LocalDaemon(store.current());
    ConsoleClient client =
        new ConsoleClient(
            daemon.uri("ws", "/api/servers/" + id + "/ws"),
            daemon.trust(),
            () -> TokenCommand.issue(store, id, EVERYTHING, Duration.ofMinutes(10)),
            parent.out());
    String reason =
        client.run(
            new BufferedReader(new InputStreamReader(parent.host().in(), StandardCharsets.UTF_8)));
    if (!reason.isEmpty()) {
      parent.err().println(reason);
    }
    return reason.isEmpty() ? 0 : 1;
  }
}
