package dev.wings.docker.internal.engine;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request to the engine API.
///
/// @param path below the API version, with encoded segments, such as `/containers/json`
/// @param body a JSON document in UTF-8, never changed
@SuppressWarnings("ArrayRecordComponent") // requests are not compared
public record EngineRequest(
    String method,
    String path,
    Map<String, String> query,
    Map<String, String> headers,
    byte @Nullable [] body) {

  public static EngineRequest get(String path) {
    return new EngineRequest("GET", path, Map.of(), Map.of(), null);
  }

  public static EngineRequest post(String path) {
    return new EngineRequest("POST", path, Map.of(), Map.of(), null);
  }

  public static EngineRequest post(String path, byte[] body) {
    return new EngineRequest("POST", path, Map.of(), Map.of(), body);
  }

  public static EngineRequest delete(String path) {
    return new EngineRequest("DELETE", path, Map.of(), Map.of(), null);
  }

  public EngineRequest query(String name, String value) {
    return new EngineRequest(method, path, with(query, name, value), headers, body);
  }

  public EngineRequest header(String name, String value) {
    return new EngineRequest(method, path, query, with(headers, name, value), body);
  }

  /// Encodes one path segment.
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// Path and query as they go on the wire, below `prefix`.
  String target(String prefix) {
    StringBuilder target = new StringBuilder(prefix).append(path);
    char separator = '?';
    for (Map.Entry<String, String> entry : query.entrySet()) {
      target.append(separator).append(segment(entry.getKey())).append('=');
      target.append(segment(entry.getValue()));
      separator = '&';
    }
    return target.toString();
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> copy = new LinkedHashMap<>(map);
    copy.put(name, value);
    return copy;
  }
}
