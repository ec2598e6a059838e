package dev.wings.core.install;

import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.volume.ServerVolume;
import org.jspecify.annotations.Nullable;

/// Runs installations (`panel-remote-api.md` 9, `containers.md` 21) from image pull to removal of
/// container and staging directory. The caller keeps the server's "installing" flag, reports the
/// outcome and starts the server.
public interface Installer {
  /// @param script the script to run; a blank one succeeds without any container
  record Request(
      ServerDefinition definition,
      ServerVolume volume,
      InstallationScript script,
      boolean reinstall) {}

  /// @param failure why it failed, null when it succeeded
  record Outcome(boolean successful, @Nullable String failure) {
    public static final Outcome SUCCESS = new Outcome(true, null);

    public static Outcome failed(String reason) {
      return new Outcome(false, reason);
    }
  }

  /// Installs and returns when everything is cleaned up. Publishes pull, output and progress events
  /// on `events`. Interrupting the calling thread aborts: the container is removed and the outcome
  /// is a success (that is what the protocol wants); the interrupt flag is cleared.
  Outcome run(Request request, EventBus events);

  /// Re-attaches to an installer that survived a daemon restart and goes on as [#run] does. Without
  /// such a container the outcome is a success at once.
  Outcome resume(Request request, EventBus events);
}
