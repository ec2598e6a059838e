package dev.wings.core.server;

import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.OperationStatus;
import dev.wings.core.operation.Operations;
import dev.wings.core.upload.UploadEntry;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/// Publishes what happens to the files of a server on its bus.
public final class FileEvents {
  private FileEvents() {}

  public static Operations.Listener operations(EventBus bus) {
    return new Operations.Listener() {
      @Override
      public void progress(OperationStatus status) {
        bus.publish(new ServerEvent.OperationProgress(status));
      }

      @Override
      public void completed(UUID operation) {
        bus.publish(new ServerEvent.OperationCompleted(operation));
      }

      @Override
      public void aborted(UUID operation) {
        bus.publish(new ServerEvent.OperationAborted(operation));
      }

      @Override
      public void failed(UUID operation, String message) {
        bus.publish(new ServerEvent.OperationFailed(operation, message));
      }
    };
  }

  public static Consumer<List<UploadEntry>> uploads(EventBus bus) {
    return entries -> bus.publish(new ServerEvent.FileUploads(entries));
  }
}
