package dev.wings.core.console;

import dev.wings.core.config.LiveConfig;

/// The daemon's own lines between those of the process (`websocket.md` 4.5). Texts may hold names
/// from outside; they are made safe for terminals.
public final class DaemonLines {
  private final LiveConfig config;

  /// @param config where `app_name` comes from
  public DaemonLines(LiveConfig config) {
    this.config = config;
  }

  /// A notice for the console (event `console output`), with the product's name in front.
  public String prefixed(String text) {
    return "\u001b[1;33m["
        + TerminalFilter.filter(config.current().appName())
        + " Daemon]:\u001b[0m \u001b[1m"
        + TerminalFilter.filter(text)
        + "\u001b[0m";
  }

  /// An error notice (event `daemon message`), bold on red.
  public static String error(String text) {
    return "\u001b[1;41m" + TerminalFilter.filter(text) + "\u001b[0m";
  }
}
