package dev.wings.fs.pull;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What a URL leads to (`http-api.md` 8.17).
///
/// @param fileName of the `Content-Disposition` header
/// @param fileSize announced bytes
/// @param finalUrl after all redirects
/// @param headers by lower-case name
public record UrlInfo(
    Optional<String> fileName,
    OptionalLong fileSize,
    String finalUrl,
    Map<String, String> headers) {}
