package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Operations;
import dev.wings.daemon.http.Response;
import java.io.IOException;
import java.util.function.Function;

/// What routes answer that start an operation: its identifier at once, or its end (`http-api.md`
/// 4.4).
final class OperationAnswers {
  private OperationAnswers() {}

  /// For a client that does not wait.
  static Response accepted(Operations.Running<?> running) {
    return new Response.Structured(202, identified(running));
  }

  static ObjectNode identified(Operations.Running<?> running) {
    return JsonNodeFactory.instance.objectNode().put("identifier", running.id().toString());
  }

  /// Waits for the result.
  ///
  /// @param aborted what the client is told when somebody aborted it
  /// @param failed what the client is told of a failure
  /// @throws WingsException kind `IMPOSSIBLE` with one of the two
  static <T> T await(
      Operations.Running<T> running, String aborted, Function<IOException, String> failed)
      throws InterruptedException {
    try {
      return running.await();
    } catch (OperationAbortedException end) {
      throw new WingsException(ErrorKind.IMPOSSIBLE, aborted, end);
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.IMPOSSIBLE, failed.apply(failure), failure);
    }
  }
}
