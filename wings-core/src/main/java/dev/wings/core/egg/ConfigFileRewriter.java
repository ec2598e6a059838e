package dev.wings.core.egg;

import dev.wings.core.definition.ServerDefinition;
import java.nio.file.Path;
import java.util.List;

/// Rewrites the configuration files that an egg names (`panel-remote-api.md` 6).
@FunctionalInterface
public interface ConfigFileRewriter {
  /// Processes every entry of the definition, in order, below `root` (a sandboxed path). A failing
  /// file is left as it was and does not keep the others from being processed.
  ///
  /// @param dockerInterface value of `{{config.docker.interface}}`
  /// @return one sentence per file that could not be processed, fit for the server's console; empty
  ///   when all went well
  List<String> rewrite(Path root, ServerDefinition definition, String dockerInterface);
}
