package dev.wings.core.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Actor;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.operation.Operations;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.upload.Uploads;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One game server. Reads return a snapshot at once; requests go to the server's single owner and
/// complete when their outcome is known. Safe for use by many threads.
///
/// Failures of futures and of blocking methods are [dev.wings.core.WingsException]s with a message
/// for the user.
public interface Server {
  UUID id();

  /// The definition in force.
  ServerDefinition definition();

  ServerState state();

  /// The first lock that applies, empty when the server may start.
  Optional<ServerLock> lock();

  ResourceUsage usage();

  boolean pendingRestart();

  /// Events of this server.
  EventBus events();

  /// Who may do what on this server right now.
  LivePermissions permissions();

  /// The sandboxed volume.
  ServerVolume volume();

  /// Runs work on the volume's files where it may block, and waits for it. To be used for
  /// everything that touches [#volume], whose file system may hang.
  ///
  /// @throws dev.wings.core.WingsException kind `UPSTREAM` when the file system does not answer
  <T> T onFiles(Callable<T> work) throws IOException, InterruptedException;

  /// As [#onFiles(Callable)] for work that also waits for a client or takes long.
  ///
  /// @param kind on whose threads it runs
  <T> T onFiles(FileWork.Kind kind, Callable<T> work) throws IOException, InterruptedException;

  /// The same for work that tells how far it is, so that it may take as long as it gets on.
  ///
  /// @param progress moves while the work gets on
  <T> T onFiles(FileWork.Kind kind, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException;

  /// Hands over work on the volume's files that nobody waits for; returns at once.
  ///
  /// @param kind on whose threads it runs
  /// @throws java.util.concurrent.RejectedExecutionException when it will not be done
  void submitToFiles(FileWork.Kind kind, Runnable work);

  /// Long work on the files that users can see and abort.
  Operations operations();

  /// Files that are being uploaded.
  Uploads uploads();

  /// Records something that somebody did to this server.
  void record(Actor actor, String event, @Nullable ObjectNode metadata);

  /// Queues a power action. The future completes when the action was accepted and carried out: a
  /// start when the process was started, a stop when the request was delivered (with auto-kill:
  /// when the server is offline), a kill when the engine obeyed.
  CompletableFuture<Void> power(PowerRequest request);

  /// Writes one console command and a newline to the process and records the activity when `actor`
  /// has a user. Refuses CR, LF and NUL inside the command and commands above 64 KiB.
  ///
  /// @throws dev.wings.core.WingsException kind `IMPOSSIBLE` when there is no process
  void sendCommand(String command, Actor actor);

  /// Last lines of the container's log, split and filtered as the live console is; at most `lines`.
  /// Blocks on the engine. Empty when there is no container.
  List<String> backlog(int lines);

  /// The container's log as stored, the last `lines` or everything. Blocks; the caller closes it.
  InputStream log(OptionalInt lines);

  /// Log of the last installation, empty when there is none. The caller closes it.
  Optional<InputStream> installLog(OptionalInt lines);

  /// Replaces the definition (`panel-remote-api.md` 3.1).
  void sync(ServerDefinition definition);

  /// Fetches the definition from the Panel and applies it; a failure is logged and ignored.
  void syncFromPanel();

  /// Takes the server for work that needs it for itself, such as a restore.
  ///
  /// @param lock that is set meanwhile
  /// @param what it is for, in a message: "cannot …"
  /// @return closed by the caller
  /// @throws dev.wings.core.WingsException kind `CONFLICT` when locked
  Hold hold(ServerLock lock, String what);

  /// Starts a reinstallation. Blocks until the server is stopped (at most 30 s, then it is killed)
  /// and the installer was started.
  ///
  /// @param script null takes the egg's script from the Panel
  /// @throws dev.wings.core.WingsException kind `CONFLICT` when locked
  void reinstall(boolean truncate, @Nullable InstallationScript script, boolean startOnCompletion);

  /// Ends a running installation.
  ///
  /// @throws dev.wings.core.WingsException kind `CONFLICT` when none runs
  void abortInstallation();

  /// Runs a one-off script in its own container and copies its output to `out` until it ends. One
  /// at a time per server. Interrupting the thread removes the container.
  void runScript(InstallationScript script, OutputStream out);
}
