package dev.wings.daemon.cli;

import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.WingsConfig;
import dev.wings.daemon.local.ConsoleClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
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
    ConsoleClient client =
        new ConsoleClient(
            address(store.current(), id),
            () -> TokenCommand.issue(store, id, EVERYTHING, Duration.ofMinutes(10)),
            parent.out());
    String reason =
        client.run(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    if (!reason.isEmpty()) {
      parent.err().println(reason);
    }
    return reason.isEmpty() ? 0 : 1;
  }

  private static URI address(WingsConfig config, UUID server) {
    String host = config.api().host();
    String reachable = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    String bracketed = reachable.contains(":") ? "[" + reachable + "]" : reachable;
    String scheme = config.api().ssl().enabled() ? "wss" : "ws";
    return URI.create(
        scheme + "://" + bracketed + ":" + config.api().port() + "/api/servers/" + server + "/ws");
  }
}
