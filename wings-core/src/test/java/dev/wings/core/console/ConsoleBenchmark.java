package dev.wings.core.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wings.core.config.ThrottlesConfig;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// Prints how many lines per second one thread brings through the pipeline. Not a test; run its
/// `main` with the test class path.
final class ConsoleBenchmark {
  private static final int CHUNK = 32 * 1024;

  private ConsoleBenchmark() {}

  public static void main(String[] args) {
    ThrottlesConfig off = new ThrottlesConfig(false, 2000, 100);
    ThrottlesConfig on = new ThrottlesConfig(true, 2000, 100);
    String plain = "[12:34:56 INFO]: player number %d moved to x=123 y=64 z=-456 in world%n";
    String coloured =
        "\u001b[32m[12:34:56 INFO]\u001b[0m: pläyer %d moved \u001b[1mfast\u001b[0m%n";
    for (int round = 0; round < 3; round++) {
      run("plain, throttle off", plain, off, false);
      run("plain, throttle off, raw lines wanted", plain, off, true);
      run("colours and UTF-8, throttle off", coloured, off, false);
      run("plain, throttle on", plain, on, false);
    }
  }

  private static void run(String name, String format, ThrottlesConfig limits, boolean raw) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(String.format(format, i));
    }
    byte[] bytes = text.toString().getBytes(UTF_8);
    long[] published = new long[2];
    ConsolePipeline pipeline =
        new ConsolePipeline(
            () -> limits,
            System::nanoTime,
            new ConsolePipeline.Sink() {
              @Override
              public boolean wantsRawLines() {
                return raw;
              }

              @Override
              public void publish(List<String> lines, long skipped) {
                published[0] += lines.size();
                published[1] += skipped;
              }
            });
    int repeats = 100;
    long start = System.nanoTime();
    for (int r = 0; r < repeats; r++) {
      for (int from = 0; from < bytes.length; from += CHUNK) {
        pipeline.output(
            ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, Math.min(from + CHUNK, bytes.length))));
      }
    }
    pipeline.end();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%-40s %,12.0f lines/s %6.0f MB/s (published %,d, skipped %,d)%n",
        name,
        (published[0] + published[1]) / seconds,
        (double) bytes.length * repeats / seconds / 1e6,
        published[0],
        published[1]);
  }
}
