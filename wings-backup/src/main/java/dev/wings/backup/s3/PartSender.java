package dev.wings.backup.s3;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends parts, each as often as it takes (`backups.md` 16.1). Safe for use by many threads.
final class PartSender {
  private static final long CANCEL_POLL_MILLIS = 50;
  private static final long MAX_ANSWER_BYTES = 64 << 10;
  private static final int FORBIDDEN = 403;

  /// What is told of an answer: all the rest could quote the request.
  private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z0-9.]{1,64})</Code>");

  private static final Logger log = LoggerFactory.getLogger(PartSender.class);

  private final HttpClient http;
  private final Duration timeout;
  private final int attempts;
  private final Pace.Sleeper sleeper;
  private final Pace pace;
  private final Progress progress;

  /// @param timeout of one request
  /// @param attempts for each part, at least 1
  /// @param pace of all parts together
  PartSender(
      HttpClient http,
      Duration timeout,
      int attempts,
      Pace.Sleeper sleeper,
      Pace pace,
      Progress progress) {
    this.http = http;
    this.timeout = timeout;
    this.attempts = Math.max(1, attempts);
    this.sleeper = sleeper;
    this.pace = pace;
    this.progress = progress;
  }

  /// What became of one attempt.
  ///
  /// @param etag when it was taken
  /// @param refused status of a refusal, 0 when there was no answer
  private record Outcome(@Nullable String etag, int refused, String reason) {}

  /// Sends one part.
  ///
  /// @throws IOException when the storage did not take it
  /// @throws OperationAbortedException when it was cancelled
  BackupPart send(int number, FileSlice slice, Urls urls) throws IOException {
    String url = urls.of(number);
    for (int attempt = 1; ; attempt++) {
      progress.check();
      Outcome outcome = put(ObjectName.parse(url), slice);
      if (outcome.etag() != null) {
        urls.forget(number);
        return new BackupPart(outcome.etag(), number);
      }
      if (attempt >= attempts) {
        throw new IOException(
            "part %d could not be uploaded in %d attempts: %s"
                .formatted(number, attempt, outcome.reason()));
      }
      log.atDebug()
          .addKeyValue("part", number)
          .addKeyValue("attempt", attempt)
          .addKeyValue("reason", outcome.reason())
          .log("a part of a backup was not taken, it is sent again");
      if (outcome.refused() == 0) {
        Waiting.sleep(Duration.ofSeconds((long) attempt * attempt), sleeper, progress);
      }
      url =
          outcome.refused() == FORBIDDEN // most often because it has expired
              ? urls.renewed(number, url)
              : urls.of(number);
    }
  }

  private Outcome put(URI url, FileSlice slice) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .setHeader("Content-Type", "application/gzip") // whatever it is, see backups.md 16.1
            .PUT(slice.body(pace, progress))
            .build();
    try {
      HttpResponse<String> answer = await(request);
      if (answer.statusCode() / 100 == 2) {
        return new Outcome(answer.headers().firstValue("ETag").orElse(""), 0, "");
      }
      return new Outcome(null, answer.statusCode(), reason(answer));
    } catch (IOException unreachable) {
      progress.check();
      return new Outcome(null, 0, reason(unreachable));
    }
  }

  private static String reason(HttpResponse<String> answer) {
    Matcher code = CODE.matcher(answer.body());
    return "the storage answered "
        + answer.statusCode()
        + (code.find() ? " (" + code.group(1) + ")" : "");
  }

  /// Without the message, which may name the URL.
  private static String reason(IOException failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "the storage cannot be reached (" + cause.getClass().getSimpleName() + ")";
  }

  private HttpResponse<String> await(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<String>> exchange =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), MAX_ANSWER_BYTES));
    boolean ended = false;
    try {
      while (true) {
        try {
          HttpResponse<String> answer = exchange.get(CANCEL_POLL_MILLIS, TimeUnit.MILLISECONDS);
          ended = true;
          return answer;
        } catch (TimeoutException underWay) {
          progress.check();
        }
      }
    } catch (ExecutionException failure) {
      ended = true;
      throw failure.getCause() instanceof IOException io ? io : new IOException(failure.getCause());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    } finally {
      if (!ended) {
        exchange.cancel(true);
      }
    }
  }
}
