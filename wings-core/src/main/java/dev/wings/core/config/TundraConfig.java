package dev.wings.core.config;

/// The `tundra` section of the configuration (`configuration.md` 7).
public record TundraConfig(
    boolean enabled,
    String dataDirectory,
    String binary,
    String image,
    String sourceImage,
    int metricsPort) {}
