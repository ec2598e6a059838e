package dev.wings.core.config;

/// The `throttles` section of the configuration (`configuration.md` 7).
public record ThrottlesConfig(boolean enabled, long lines, long lineResetInterval) {}
