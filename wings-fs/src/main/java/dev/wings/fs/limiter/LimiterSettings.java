package dev.wings.fs.limiter;

import java.nio.file.Path;
import java.time.Duration;

/// What limiters are told (`filesystem.md` 1, 9).
///
/// @param data holds the directories of the servers
/// @param vmounts holds what is mounted for one server each
/// @param uid owner of all server files
/// @param gid their group
/// @param rescanInterval how often the FUSE helper looks at the whole tree
public record LimiterSettings(Path data, Path vmounts, int uid, int gid, Duration rescanInterval) {}
