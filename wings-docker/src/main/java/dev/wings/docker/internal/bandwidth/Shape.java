package dev.wings.docker.internal.bandwidth;

/// Parameters of the two queueing disciplines that shape one direction (`containers.md` 16.5): TBF,
/// which sets the pace, and FQ-CoDel below it, which shares the line between flows and keeps the
/// queue short.
///
/// @param bits rate in bits per second
/// @param burst bytes that may leave at once
/// @param limit bytes that wait in TBF's own queue, the only one where the kernel has no FQ-CoDel
/// @param memory bytes that wait in FQ-CoDel
/// @param packets packets that wait in FQ-CoDel
/// @param quantum bytes that a flow may send in its turn
/// @param target microseconds that packets may wait permanently
/// @param interval microseconds over which that is judged
record Shape(
    long bits,
    long burst,
    long limit,
    long memory,
    long packets,
    long quantum,
    long target,
    long interval) {
  static final int FLOWS = 4096;

  private static final int ETHERNET_HEADER = 14;
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long MAX_MEMORY = 32 * MIB;
  private static final long MAX_PACKETS = 10_240;
  private static final long NARROW = 40_000_000;
  private static final int SMALL_QUANTUM = 300;

  /// @param mtu of the container's interface
  static Shape of(long bits, int mtu) {
    long bytes = bytesPerSecond(bits);
    long frame = (long) mtu + ETHERNET_HEADER;
    long burst = Math.max(Math.clamp(bytes / 200, 64 * KIB, 4 * MIB), 2 * frame);
    long memory = Math.clamp(bytes / 10, 4 * MIB, MAX_MEMORY);
    long frameMicros = frame * 8 * 1_000_000 / bits;
    long target = Math.clamp(frameMicros * 3 / 2, 50_000L, 5_000_000L);
    return new Shape(
        bits,
        burst,
        Math.min(burst + bytes / 5, memory), // 200 ms of the rate beyond the burst
        memory,
        Math.clamp(memory / frame, 1024L, MAX_PACKETS),
        bits < NARROW ? SMALL_QUANTUM : frame,
        target,
        10 * target);
  }

  /// Of downloads in rootless containers, whose user-space network delivers in gusts.
  static Shape ofRootlessDownload(long bits, int mtu) {
    Shape shape = of(bits, mtu);
    return new Shape(
        bits,
        shape.burst,
        shape.limit,
        MAX_MEMORY,
        MAX_PACKETS,
        shape.quantum,
        1_000_000,
        10_000_000);
  }

  /// The rate as the kernel keeps it.
  static long bytesPerSecond(long bits) {
    return bits / 8;
  }
}
