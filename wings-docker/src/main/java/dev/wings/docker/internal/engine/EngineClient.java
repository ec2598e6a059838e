package dev.wings.docker.internal.engine;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.wings.core.json.Json;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Calls the engine API. Connections are opened per call: on a local socket that costs some tens of
/// microseconds, and it rules out every trouble of pools (stale connections after an engine
/// restart, a full pool behind hung calls). Safe for many threads; all methods block, and
/// interrupting the thread ends a call at once.
public final class EngineClient implements AutoCloseable {
  /// Longest time for a call that only reads or changes the engine's own state.
  public static final Duration QUICK = Duration.ofSeconds(30);

  /// Longest time for a call that makes the engine work (create, start, remove).
  public static final Duration WORK = Duration.ofMinutes(2);

  private static final String OLDEST = "1.41";
  private static final String NEWEST = "1.44";
  private static final int MAX_ANSWER = 64 << 20;
  private static final int PARSE_ATTEMPTS = 4;

  private final EngineAddress address;
  private final Deadlines deadlines = new Deadlines();
  private final ObjectMapper mapper = Json.mapper();
  private volatile @Nullable EngineVersion version;

  public EngineClient(EngineAddress address) {
    this.address = address;
  }

  /// A complete answer; the bytes are never changed.
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Answer(int status, byte[] body) {}

  /// What the engine is and the API version in use. Asked once and remembered.
  public EngineVersion version() {
    EngineVersion known = version;
    if (known != null) {
      return known;
    }
    EngineVersion asked = askVersion();
    version = asked;
    return asked;
  }

  /// The same, asked anew.
  public EngineVersion askVersion() {
    Answer answer = exchange(EngineRequest.get("/version"), "", QUICK);
    if (answer.status() != 200) {
      throw refusal(answer);
    }
    return EngineVersion.negotiate(parse(answer.body()), OLDEST, NEWEST);
  }

  /// Makes a call and returns the answer's JSON, missing when it has none.
  ///
  /// @throws EngineException for every status of 400 and above
  public JsonNode call(EngineRequest request, Duration deadline) {
    byte[] body = answer(request, deadline);
    return body.length == 0 ? MissingNode.getInstance() : parse(body);
  }

  /// Makes a call and returns the answer's bytes, none when nothing had to be done (status 304).
  ///
  /// @throws EngineException for every status of 400 and above
  byte[] answer(EngineRequest request, Duration deadline) {
    Answer answer = exchange(request, prefix(), deadline);
    if (answer.status() == 400 && speaksOfVersion(answer)) {
      version = null; // the engine was replaced by one that speaks other versions
      answer = exchange(request, prefix(), deadline);
    }
    if (answer.status() >= 400) {
      throw refusal(answer);
    }
    return answer.status() == 304 ? new byte[0] : answer.body();
  }

  /// A read whose answer may be garbage for a moment, as Podman's is between states
  /// (`containers.md` 25): up to four attempts.
  public JsonNode read(EngineRequest request, Duration deadline) {
    return untilReadable(() -> call(request, deadline));
  }

  static <T> T untilReadable(Supplier<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.get();
      } catch (EngineException e) {
        if (e.failure() != Failure.MALFORMED || attempt == PARSE_ATTEMPTS) {
          throw e;
        }
      }
      LockSupport.parkNanos(Duration.ofMillis(50L * attempt).toNanos());
    }
  }

  /// Starts a call whose answer is read bit by bit. Only the start of the answer has a deadline;
  /// none at all when `headDeadline` is null.
  public EngineStream stream(EngineRequest request, @Nullable Duration headDeadline) {
    String prefix = prefix();
    return open(
        request,
        prefix,
        headDeadline,
        /* upgrade= */ false,
        (connection, head) -> new EngineStream(connection, head, deadlines));
  }

  /// Starts a call that turns into a raw connection.
  public EngineDuplex upgrade(EngineRequest request, Duration headDeadline) {
    return open(
        request,
        prefix(),
        headDeadline,
        /* upgrade= */ true,
        (connection, _) -> new EngineDuplex(connection));
  }

  @Override
  public void close() {
    deadlines.close();
  }

  private String prefix() {
    return "/v" + version().api();
  }

  @FunctionalInterface
  private interface Opened<T> {
    T open(EngineConnection connection, EngineConnection.Head head) throws IOException;
  }

  private <T> T open(
      EngineRequest request,
      String prefix,
      @Nullable Duration headDeadline,
      boolean upgrade,
      Opened<T> opened) {
    EngineConnection connection = connect(request);
    boolean kept = false;
    try {
      EngineConnection.Head head =
          limited(connection, headDeadline, () -> send(connection, request, prefix, upgrade));
      if (head.status() >= 400) {
        EngineStream body = new EngineStream(connection, head, deadlines);
        body.idleLimit(QUICK);
        throw refusal(new Answer(head.status(), readAll(body)));
      }
      T result = opened.open(connection, head);
      kept = true;
      return result;
    } catch (IOException e) {
      throw failed(request, e);
    } finally {
      if (!kept) {
        connection.close();
      }
    }
  }

  private Answer exchange(EngineRequest request, String prefix, Duration deadline) {
    try (EngineConnection connection = connect(request)) {
      return limited(
          connection,
          deadline,
          () -> {
            EngineConnection.Head head = send(connection, request, prefix, /* upgrade= */ false);
            return new Answer(
                head.status(), readAll(new EngineStream(connection, head, deadlines)));
          });
    } catch (IOException e) {
      throw failed(request, e);
    }
  }

  private EngineConnection connect(EngineRequest request) {
    try {
      return new EngineConnection(address.open());
    } catch (IOException e) {
      throw failed(request, e);
    }
  }

  private EngineConnection.Head send(
      EngineConnection connection, EngineRequest request, String prefix, boolean upgrade)
      throws IOException {
    address.connect(connection.channel());
    connection.write(EngineConnection.encode(request, prefix, upgrade));
    return connection.readHead();
  }

  private <T> T limited(
      EngineConnection connection, @Nullable Duration deadline, Deadlines.Operation<T> operation)
      throws IOException {
    if (deadline == null) {
      return operation.run();
    }
    try (Deadlines.Guard guard = deadlines.guard(connection, deadline)) {
      return guard.run(operation);
    }
  }

  private static byte[] readAll(EngineStream body) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream(1024);
    byte[] piece = new byte[8192];
    for (int count; (count = body.read(piece, 0, piece.length)) >= 0; ) {
      if (all.size() + count > MAX_ANSWER) {
        throw new IOException("the engine's answer exceeds " + MAX_ANSWER + " bytes");
      }
      all.write(piece, 0, count);
    }
    return all.toByteArray();
  }

  private JsonNode parse(byte[] body) {
    try {
      JsonNode node = mapper.readTree(body);
      return node == null ? MissingNode.getInstance() : node;
    } catch (IOException e) {
      throw EngineException.unreadable(e);
    }
  }

  private boolean speaksOfVersion(Answer answer) {
    return message(answer).toLowerCase(Locale.ROOT).contains("api version");
  }

  private EngineException refusal(Answer answer) {
    return EngineException.refused(answer.status(), message(answer));
  }

  /// The engine's own words: `{"message": …}`, or the plain text.
  private String message(Answer answer) {
    try {
      JsonNode node = mapper.readTree(answer.body());
      String message = node == null ? "" : node.path("message").asText();
      if (!message.isEmpty()) {
        return message;
      }
    } catch (JsonProcessingException e) {
      // not JSON: a proxy's or an old engine's text, shown as it is
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    String text = new String(answer.body(), StandardCharsets.UTF_8).strip();
    return text.isEmpty() ? "status " + answer.status() : text;
  }

  private static EngineException failed(EngineRequest request, IOException cause) {
    String call = request.method() + " " + request.path();
    if (cause instanceof SocketTimeoutException) {
      return new EngineException(
          Failure.TIMEOUT, 0, call + ": " + requireNonNull(cause.getMessage()), cause);
    }
    if (cause instanceof ClosedByInterruptException || Thread.currentThread().isInterrupted()) {
      return new EngineException(Failure.INTERRUPTED, 0, call + ": interrupted", cause);
    }
    return new EngineException(Failure.BROKEN, 0, call + ": " + cause.getMessage(), cause);
  }
}
