package dev.wings.core.install;

import dev.wings.core.container.PullListener;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import java.util.List;

/// Tells sockets how an image pull goes on (`containers.md` 6.3).
final class PullEvents implements PullListener {
  private final EventBus events;

  PullEvents(EventBus events) {
    this.events = events;
  }

  @Override
  public void started(String image) {
    line("Pulling the image, this can take a few minutes...");
  }

  @Override
  public void layerProgress(String layer, boolean extracting, long processed, long total) {
    events.publish(new ServerEvent.ImagePullProgress(layer, extracting, processed, total));
  }

  @Override
  public void layerCompleted(String layer) {
    events.publish(new ServerEvent.ImagePullCompleted(layer));
  }

  @Override
  public void statusLine(String line) {
    line(line);
  }

  @Override
  public void failed(String message, boolean localImageUsed) {
    line("The image could not be pulled: " + message);
  }

  @Override
  public void finished(String image) {
    line("The image is there.");
  }

  private void line(String text) {
    events.publish(new ServerEvent.InstallOutput(List.of(text)));
  }
}
