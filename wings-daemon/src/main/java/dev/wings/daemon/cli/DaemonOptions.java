package dev.wings.daemon.cli;

import dev.wings.core.config.ConfigStore;
import dev.wings.daemon.local.Standalone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What `wings` without a sub-command is told (`configuration.md` 14).
///
/// @param config file named by the operator, null to search
/// @param standalone directory that plays the Panel, null for a real one
/// @param debug log debug messages
/// @param ignoreCertificateErrors do not verify the Panel's certificate
/// @param noSetup fail when there is no configuration
record DaemonOptions(
    @Nullable Path config,
    @Nullable Path standalone,
    boolean debug,
    boolean ignoreCertificateErrors,
    boolean noSetup) {

  /// Reads the arguments of a plain start without the command-line library, whose loading alone
  /// would be a good part of the daemon's start.
  ///
  /// @return empty for everything else: sub-commands, help, and what is wrong
  static Optional<DaemonOptions> ofPlain(String[] arguments) {
    Path config = null;
    Path standalone = null;
    boolean debug = false;
    boolean ignoreCertificateErrors = false;
    boolean noSetup = false;
    for (int i = 0; i < arguments.length; i++) {
      boolean last = i + 1 == arguments.length;
      switch (arguments[i]) {
        case "-d", "--debug" -> debug = true;
        case "--ignore-certificate-errors" -> ignoreCertificateErrors = true;
        case "--no-setup" -> noSetup = true;
        case "-c", "--config", "--config-file", "--config-path" -> {
          if (last || config != null || arguments[i + 1].startsWith("-")) {
            return Optional.empty();
          }
          config = Path.of(arguments[++i]);
        }
        case "--standalone" -> {
          if (last || standalone != null || arguments[i + 1].startsWith("-")) {
            return Optional.empty();
          }
          standalone = Path.of(arguments[++i]);
        }
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(
        new DaemonOptions(config, standalone, debug, ignoreCertificateErrors, noSetup));
  }

  /// The file to work on: named, stand-alone, the first that exists, or the default.
  Path configFile() {
    if (config != null) {
      return config;
    }
    if (standalone != null) {
      return Standalone.config(standalone);
    }
    return ConfigStore.searchPath().stream()
        .filter(Files::exists)
        .findFirst()
        .orElse(ConfigStore.searchPath().getFirst());
  }
}
