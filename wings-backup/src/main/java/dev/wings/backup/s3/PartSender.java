package dev.wings.backup.s3;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.pull.FetchException;
import dev.wings.fs.pull.FetchResponse;
import dev.wings.fs.pull.GuardedHttpClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends parts, each as often as it takes (`backups.md` 16.1). Safe for use by many threads.
final class PartSender {
  private static final int MAX_ANSWER_BYTES = 64 << 10;
  private static final int FORBIDDEN = 403;

  /// What is told of an answer: all the rest could quote the request.
  private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z0-9.]{1,64})</Code>");

  private static final Logger log = LoggerFactory.getLogger(PartSender.class);

  private final GuardedHttpClient client;
  private final int attempts;
  private final Pace.Sleeper sleeper;
  private final Pace pace;
  private final Progress progress;

  /// @param attempts for each part, at least 1
  /// @param pace of all parts together
  PartSender(
      GuardedHttpClient client, int attempts, Pace.Sleeper sleeper, Pace pace, Progress progress) {
    this.client = client;
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
      Outcome outcome = put(url, slice);
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

  private Outcome put(String url, FileSlice slice) throws IOException {
    try (FetchResponse answer = client.put(url, slice.body(pace, progress))) {
      return answer.successful()
          ? new Outcome(answer.header("etag").orElse(""), 0, "")
          : new Outcome(null, answer.status(), reason(answer));
    } catch (FetchException unreachable) {
      progress.check();
      return new Outcome(null, 0, unreachable.getMessage());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  private static String reason(FetchResponse answer) throws IOException {
    byte[] body;
    try {
      body = answer.body().readNBytes(MAX_ANSWER_BYTES);
    } catch (FetchException brokenOff) {
      body = new byte[0]; // the status is what counts
    }
    Matcher code = CODE.matcher(new String(body, StandardCharsets.UTF_8));
    return "the storage answered "
        + answer.status()
        + (code.find() ? " (" + code.group(1) + ")" : "");
  }
}
