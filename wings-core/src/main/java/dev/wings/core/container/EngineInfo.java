package dev.wings.core.container;

/// @param name `Docker` or `Podman`
/// @param apiVersion the API version in use after negotiation, such as `1.41`
public record EngineInfo(
    String name, String version, String apiVersion, String operatingSystem, String kernelVersion) {}
