package dev.wings.daemon.system;

/// One sample of the node (`http-api.md` A.12). Sizes in bytes, rates in bytes or packets per
/// second.
public record SystemStats(Cpu cpu, Network network, Memory memory, Disk disk) {
  /// @param used percent of the whole machine
  public record Cpu(double used, int threads, String model) {}

  /// Sums over all interfaces.
  public record Network(
      long received,
      long receivedPackets,
      double receivingRate,
      double receivedPacketsRate,
      long sent,
      long sentPackets,
      double sendingRate,
      double sendingPacketsRate) {}

  /// @param usedProcess resident memory of the daemon
  public record Memory(long used, long usedProcess, long total) {}

  /// The file system at `/`, and the traffic of the whole disks.
  public record Disk(
      long used, long total, long read, double readingRate, long written, double writingRate) {}
}
