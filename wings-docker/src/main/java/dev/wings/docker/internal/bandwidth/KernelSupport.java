package dev.wings.docker.internal.bandwidth;

/// What this kernel offers besides the parts that shaping cannot do without.
///
/// @param fqCodel otherwise packets wait in TBF's own queue
/// @param matchall otherwise a `u32` filter without a condition takes its place
record KernelSupport(boolean fqCodel, boolean matchall) {}
