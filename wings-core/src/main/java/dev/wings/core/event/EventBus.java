package dev.wings.core.event;

import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands each event to every subscriber, in order of publication per publishing thread, on the
/// publisher's thread. A subscriber must return quickly and bounds its own memory; one that throws
/// is logged and does not disturb the others.
public final class EventBus {
  private static final Logger log = LoggerFactory.getLogger(EventBus.class);

  private final CopyOnWriteArrayList<Subscriber> subscribers = new CopyOnWriteArrayList<>();

  /// Receives events.
  @FunctionalInterface
  public interface Subscriber {
    void on(ServerEvent event);
  }

  /// Ends a subscription; idempotent.
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  public Subscription subscribe(Subscriber subscriber) {
    subscribers.add(subscriber);
    return () -> subscribers.remove(subscriber);
  }

  public boolean hasSubscribers() {
    return !subscribers.isEmpty();
  }

  public void publish(ServerEvent event) {
    for (Subscriber subscriber : subscribers) {
      try {
        subscriber.on(event);
      } catch (RuntimeException failure) {
        log.atError()
            .addKeyValue("event", event.getClass().getSimpleName())
            .setCause(failure)
            .log("event subscriber failed");
      }
    }
  }
}
