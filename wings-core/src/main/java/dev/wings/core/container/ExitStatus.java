package dev.wings.core.container;

/// How a container ended.
///
/// @param exitCode exit code, -1 when the engine does not know it
/// @param oomKilled the kernel ended it for lack of memory
public record ExitStatus(int exitCode, boolean oomKilled) {}
