package dev.wings.docker.internal.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.DockerCmdExecFactory;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.AuthConfigurations;
import com.github.dockerjava.core.DefaultDockerCmdExecFactory;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.core.SSLConfig;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The engine's control plane: docker-java's commands and models over an [EngineClient]. Stateless
/// and safe for many threads; every call blocks, and interrupting the thread ends it at once.
///
/// Nothing of the library is loaded before the first command, and nothing of it is on the way of
/// consoles and statistics, which use the [EngineClient] itself.
public final class EngineCommands {
  private final EngineClient engine;

  public EngineCommands(EngineClient engine) {
    this.engine = engine;
  }

  /// The connection below, for streams and for answers that the models do not cover.
  public EngineClient engine() {
    return engine;
  }

  /// Runs one command.
  ///
  /// @param limit longest time until the complete answer
  /// @throws EngineException for every way in which it can fail
  public <T> T run(Duration limit, Function<DockerClient, T> command) {
    DockerClient docker =
        DockerClientImpl.getInstance(Configuration.INSTANCE, new EngineTransport(engine, limit));
    return understood(() -> command.apply(docker));
  }

  /// Runs a command that only reads. Its answer may be garbage for a moment, as Podman's is between
  /// states (`containers.md` 25), so it is asked up to four times.
  public <T> T ask(Function<DockerClient, T> question) {
    return EngineClient.untilReadable(() -> run(EngineClient.QUICK, question));
  }

  /// Sends a command object that was built elsewhere. Unlike `exec()` of the command this does not
  /// write it to the log, where a server's environment must not appear (`threats.md` LG-04).
  public <T> T send(Duration limit, Function<DockerCmdExecFactory, T> command) {
    DefaultDockerCmdExecFactory executions =
        new DefaultDockerCmdExecFactory(new EngineTransport(engine, limit), EngineJson.mapper());
    executions.init(Configuration.INSTANCE);
    return understood(() -> command.apply(executions));
  }

  /// The library wraps what it cannot read or write into plain runtime exceptions.
  private static <T> T understood(Supplier<T> call) {
    try {
      return call.get();
    } catch (EngineException e) {
      throw e;
    } catch (RuntimeException e) {
      if (e.getCause() instanceof IOException unreadable) {
        throw EngineException.unreadable(unreadable);
      }
      throw e;
    }
  }

  /// What the library would otherwise take from the environment, system properties and
  /// `~/.docker/config.json`, whose credentials are none of the daemon's business. The version is
  /// "unknown" here because [EngineClient] puts the negotiated one into the path.
  private enum Configuration implements DockerClientConfig {
    INSTANCE;

    @Override
    public URI getDockerHost() {
      return URI.create("unix:///");
    }

    @Override
    public RemoteApiVersion getApiVersion() {
      return RemoteApiVersion.UNKNOWN_VERSION;
    }

    @Override
    public @Nullable String getRegistryUsername() {
      return null;
    }

    @Override
    public @Nullable String getRegistryPassword() {
      return null;
    }

    @Override
    public @Nullable String getRegistryEmail() {
      return null;
    }

    @Override
    public @Nullable String getRegistryUrl() {
      return null;
    }

    @Override
    public @Nullable AuthConfig effectiveAuthConfig(String imageName) {
      return null;
    }

    @Override
    public AuthConfigurations getAuthConfigurations() {
      return new AuthConfigurations();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface still asks for it
    public @Nullable SSLConfig getSSLConfig() {
      return null;
    }

    @Override
    public ObjectMapper getObjectMapper() {
      return EngineJson.mapper();
    }
  }
}
