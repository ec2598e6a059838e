package dev.wings.daemon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place where failures become answers (`http-api.md` 2.2). Expected failures keep their
/// message; anything else is logged with its cause and answered with a generic sentence.
final class HttpErrors {
  private static final Logger log = LoggerFactory.getLogger(HttpErrors.class);

  private HttpErrors() {}

  /// @param route what was being served, for the log
  static Response toResponse(Throwable failure, String route) {
    return switch (failure) {
      case ApiException refusal -> error(refusal.status(), refusal.getMessage());
      case BodyException body -> error(body.status(), String.valueOf(body.getMessage()));
      case ClientGoneException _ -> error(400, "client went away"); // nobody will read it
      case WingsException expected when expected.kind() != ErrorKind.INTERNAL -> {
        int status = status(expected.kind());
        if (status == 500) {
          log.atWarn()
              .addKeyValue("route", route)
              .addKeyValue("reason", RequestLog.printable(expected.getMessage()))
              .log("request failed");
        }
        yield error(status, expected.getMessage());
      }
      default -> {
        log.atError().addKeyValue("route", route).setCause(failure).log("unexpected failure");
        yield error(500, "internal server error");
      }
    };
  }

  static Response error(int status, String message) {
    return new Response.Structured(
        status, JsonNodeFactory.instance.objectNode().put("error", message));
  }

  static int status(ErrorKind kind) {
    return switch (kind) {
      case INVALID -> 400;
      case DENIED -> 401;
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case IMPOSSIBLE, OUT_OF_SPACE, LIMIT -> 417;
      case UPSTREAM, INTERNAL -> 500;
      case UNSUPPORTED -> 501;
    };
  }
}
