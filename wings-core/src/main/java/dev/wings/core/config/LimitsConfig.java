package dev.wings.core.config;

/// The `limits` section of the configuration (`configuration.md` 7).
public record LimitsConfig(int serverConcurrentPulls, int serverConcurrentOperations) {}
