package dev.wings.core.delivery;

import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.TestConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;

/// The process that [CrashIT] kills: records activity and results with several threads, and
/// delivers them to a Panel that is now and then away. It says on standard output what was recorded
/// (`A`, `R`) after the call returned, and what the Panel has taken (`D`, `S`). Time runs a
/// thousand times faster.
final class CrashWriter {
  private static final int THREADS = 4;
  private static final int SPEED = 1000;

  private CrashWriter() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    String run = arguments[1];
    Random moods = new Random(Long.parseLong(arguments[2]));
    RecordingPanel panel = new RecordingPanel(ManualClock.atSecond(0));
    panel.refuseBatches(batch -> {
      if (moods.nextInt(3) == 0) {
        return RecordingPanel.refusal(503);
      }
      say("D " + batch.stream().map(Activity::event).collect(Collectors.joining(" ")));
      return null;
    });
    panel.refuseResults(result -> {
      if (moods.nextInt(3) == 0) {
        return RecordingPanel.refusal(503);
      }
      say("S " + result.server());
      return null;
    });
    ActivityQueue activities =
        new ActivityQueue(
            directory.resolve("activity"),
            panel,
            config(),
            new Random(1),
            CrashWriter::fastTime,
            fastRest());
    DurableOutbox outbox =
        new DurableOutbox(
            directory.resolve("outbox"), panel, new Random(1), CrashWriter::fastTime, fastRest());
    outbox.start();
    say("READY");
    for (int t = 0; t < THREADS; t++) {
      int thread = t;
      Thread.ofPlatform().start(() -> write(activities, outbox, run, thread));
    }
  }

  private static void write(ActivityQueue activities, DurableOutbox outbox, String run, int t) {
    for (int i = 0; ; i++) {
      if (i % 5 == 4) {
        UUID server = UUID.randomUUID();
        outbox.installationFinished(server, true, false);
        say("R " + server);
      } else {
        String event = run + "-" + t + "-" + i;
        activities.record(activity(event, i % 7));
        say("A " + event);
      }
    }
  }

  private static Activity activity(String event, int server) {
    return new Activity(Actor.SYSTEM, new UUID(3, server), event, null, Instant.EPOCH);
  }

  static LiveConfig config() {
    return LiveConfig.fixed(
        TestConfig.of(Map.of("system.activitySendInterval", 60L, "system.activitySendCount", 100)));
  }

  static long fastTime() {
    return System.nanoTime() * SPEED;
  }

  static Rest fastRest() {
    Rest real = Rest.real();
    return new Rest() {
      @Override
      public void rest(Duration longest) throws InterruptedException {
        real.rest(longest.dividedBy(SPEED));
      }

      @Override
      public void wake() {
        real.wake();
      }
    };
  }

  /// One line at a time, on its way when the call returns.
  private static void say(String line) {
    synchronized (CrashWriter.class) {
      System.out.println(line);
      System.out.flush();
    }
  }

  /// Words of the lines that begin with a letter.
  static List<String> words(List<String> lines, String letter) {
    return lines.stream()
        .filter(line -> line.startsWith(letter + " "))
        .flatMap(line -> List.of(line.substring(2).split(" ")).stream())
        .toList();
  }
}
