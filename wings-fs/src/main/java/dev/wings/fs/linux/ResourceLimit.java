package dev.wings.fs.linux;

/// A pair of limits of getrlimit(2). -1 means no limit.
///
/// @param soft what the kernel enforces
/// @param hard up to where the process may raise the soft one
public record ResourceLimit(long soft, long hard) {}
