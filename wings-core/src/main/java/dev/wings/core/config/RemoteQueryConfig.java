package dev.wings.core.config;

/// The `remotequery` section of the configuration (`configuration.md` 7).
public record RemoteQueryConfig(long timeout, int bootServersPerPage, int retryLimit) {}
