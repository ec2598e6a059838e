package dev.wings.core.container;

import java.io.InputStream;
import java.util.OptionalInt;

/// One created and attached container. Methods block and throw [dev.wings.core.WingsException] of
/// kind `UPSTREAM` when the engine refuses or does not answer within its deadline.
public interface ContainerHandle extends AutoCloseable {
  /// The engine's id.
  String id();

  ContainerKind kind();

  /// Starts the created container, then applies what can only be applied to a running one (CFS
  /// burst, startup boost).
  void start();

  /// Tells that the server left the state `starting`: ends a startup CPU boost and allows runtime
  /// boosts from now on (`containers.md` 16.4). Adopted containers count as started. Never blocks.
  default void startupFinished() {}

  /// Asks the container to stop with the image's stop signal and waits without limit for it to be
  /// gone. May block for as long as the container runs; [#kill] from another thread ends the wait.
  void stopGracefully();

  /// Sends a signal by name, such as `SIGTERM`.
  void signal(String name);

  /// SIGKILL. Does nothing when the container does not run.
  void kill();

  /// Writes to the process's standard input. Never blocks on the process: a full queue throws kind
  /// `LIMIT`.
  void write(byte[] bytes);

  /// Applies the limits of new settings to the live container (`containers.md` 16.2).
  void update(dev.wings.core.definition.ServerSettings settings);

  /// Stored log of the container (stdout and stderr, without framing), the last `tail` lines or all
  /// of it. Empty when the engine has nothing. The caller closes the stream.
  InputStream logs(OptionalInt tail);

  /// Removes the container by force; success when it is already gone.
  void remove();

  /// Detaches: stops all background work of this handle without touching the container. Idempotent.
  /// The listener gets no further call.
  @Override
  void close();
}
