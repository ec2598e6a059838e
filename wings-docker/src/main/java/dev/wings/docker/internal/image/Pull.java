package dev.wings.docker.internal.image;

import static com.google.common.base.Strings.isNullOrEmpty;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.model.ResponseItem.ErrorDetail;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.container.PullListener;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.internal.engine.EngineJson;
import dev.wings.docker.internal.engine.EngineRequest;
import dev.wings.docker.internal.engine.EngineStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pull of one image: the request, its progress stream, and the attempts.
///
/// docker-java gives the credentials and the progress items, not the command: that one reads on a
/// platform thread of its own and cannot be cancelled before the engine has begun to answer, and a
/// registry that is away makes it wait for exactly that.
final class Pull {
  private static final Logger log = LoggerFactory.getLogger(Pull.class);
  private static final ObjectReader ITEM = EngineJson.mapper().readerFor(PullResponseItem.class);

  private final EngineClient engine;
  private final ImageReference image;
  private final Optional<String> credentials;
  private final PullTimings timings;
  private final PullListener listener;

  Pull(
      EngineClient engine,
      ImageReference image,
      DockerConfig config,
      PullTimings timings,
      PullListener listener) {
    this.engine = engine;
    this.image = image;
    this.credentials = RegistryCredentials.header(image.name(), config.registries());
    this.timings = timings;
    this.listener = listener;
  }

  /// Pulls, and tries again what a later attempt can cure.
  ///
  /// @param localCopy a copy is there, so one attempt is enough
  /// @throws EngineException of the last attempt
  void run(boolean localCopy) throws InterruptedException {
    int attempts = localCopy ? 1 : timings.retries().size() + 1;
    for (int attempt = 1; ; attempt++) {
      try {
        attempt();
        return;
      } catch (EngineException e) {
        if (attempt == attempts || !curable(e)) {
          throw e;
        }
        Duration pause = timings.retries().get(attempt - 1);
        log.atWarn()
            .addKeyValue("image", image.full())
            .addKeyValue("attempt", attempt)
            .addKeyValue("pauseMillis", pause.toMillis())
            .setCause(e)
            .log("image pull failed, trying again");
        listener.statusLine("pull failed, trying again in " + pause.toMillis() + " ms");
        Thread.sleep(pause);
      }
    }
  }

  private void attempt() {
    EngineRequest request =
        EngineRequest.post("/images/create")
            .query("fromImage", image.name())
            .query("tag", image.tag());
    if (credentials.isPresent()) {
      request = request.header("X-Registry-Auth", credentials.get());
    }
    try (EngineStream stream = engine.stream(request, timings.idle())) {
      stream.idleLimit(timings.idle());
      readProgress(stream);
    } catch (SocketTimeoutException e) {
      throw new EngineException(
          Failure.TIMEOUT, 0, "no progress for " + timings.idle().toSeconds() + " s", e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new EngineException(Failure.INTERRUPTED, 0, "image pull interrupted", e);
      }
      throw new EngineException(Failure.BROKEN, 0, "image pull: " + e.getMessage(), e);
    }
  }

  private void readProgress(EngineStream stream) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    for (@Nullable String line; (line = lines.readLine()) != null; ) {
      if (line.isBlank()) {
        continue;
      }
      PullResponseItem item = parse(line);
      refuse(item);
      PullProgress.report(item, listener);
    }
  }

  private static PullResponseItem parse(String line) {
    try {
      return ITEM.readValue(line);
    } catch (JsonProcessingException e) {
      throw new EngineException(
          Failure.MALFORMED, 0, "the image pull's progress cannot be read", e);
    }
  }

  /// An error in the stream is the engine's refusal, told late.
  @SuppressWarnings("deprecation") // Podman and old engines tell only this one
  private static void refuse(PullResponseItem item) {
    ErrorDetail detail = item.getErrorDetail();
    String message = detail == null ? null : detail.getMessage();
    if (isNullOrEmpty(message)) {
      message = item.getError();
    }
    if (!isNullOrEmpty(message)) {
      int code = detail == null || detail.getCode() == null ? 500 : detail.getCode();
      throw new EngineException(Failure.REFUSED, code, message, null);
    }
  }

  /// Refusals that stay the same however often one asks are not tried again.
  private static boolean curable(EngineException e) {
    if (e.failure() == Failure.INTERRUPTED) {
      return false;
    }
    if (e.failure() != Failure.REFUSED) {
      return true;
    }
    String message = e.getMessage().toLowerCase(Locale.ROOT);
    if (message.contains("toomanyrequests") || message.contains("429") || e.status() == 429) {
      return true;
    }
    boolean permanent =
        message.contains("unauthorized")
            || message.contains("denied")
            || message.contains("not found")
            || message.contains("manifest unknown")
            || message.contains("no matching manifest")
            || message.contains("invalid reference")
            || message.contains("no basic auth");
    return e.status() >= 500 && !permanent;
  }
}
