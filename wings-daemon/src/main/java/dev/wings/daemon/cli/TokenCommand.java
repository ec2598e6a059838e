package dev.wings.daemon.cli;

import dev.wings.core.WingsException;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.token.TokenIssuer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `wings token`: signs a console token with the node's own secret, as the Panel would.
@Command(
    name = "token",
    description = "Prints a token for the console websocket of a server.",
    mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
  private static final UUID OPERATOR = new UUID(0, 1);
  private static final int MAX_MINUTES = 24 * 60;

  @ParentCommand private @Nullable WingsCommand wings;

  @Parameters(paramLabel = "SERVER", description = "UUID of the server")
  private @Nullable UUID server;

  @Option(names = "--permissions", split = ",", description = "permissions (default: all)")
  private List<String> permissions =
      List.of(
          "websocket.connect",
          "*",
          "admin.websocket.errors",
          "admin.websocket.install",
          "admin.websocket.transfer");

  @Option(names = "--minutes", description = "lifetime (default: ${DEFAULT-VALUE})")
  private int minutes = 10;

  @Override
  public Integer call() {
    WingsCommand parent = java.util.Objects.requireNonNull(wings);
    if (minutes < 1 || minutes > MAX_MINUTES) {
      throw WingsException.invalid("--minutes: " + minutes + " (expected: 1 to 1440)");
    }
    parent
        .out()
        .println(
            issue(
                parent.openConfig(),
                java.util.Objects.requireNonNull(server),
                permissions,
                Duration.ofMinutes(minutes)));
    return 0;
  }

  static String issue(ConfigStore store, UUID server, List<String> permissions, Duration lifetime) {
    return new TokenIssuer(store.current().token(), InstantSource.system())
        .websocket(OPERATOR, "operator", server, permissions, List.of(), lifetime);
  }
}
