package dev.wings.backup.s3;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signature version 4 of AWS in the query of a URL, made and checked.
final class SignedUrl {
  private static final String ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  private static final String SCOPE = "us-east-1/s3/aws4_request";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private SignedUrl() {}

  /// @param path percent-encoded
  /// @param parameters beside those of the signature
  static String of(
      String method,
      String host,
      String path,
      Map<String, String> parameters,
      Instant now,
      Duration valid) {
    TreeMap<String, String> query = new TreeMap<>(parameters);
    String time = TIME.format(now);
    query.put("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    query.put("X-Amz-Credential", ACCESS_KEY + "/" + time.substring(0, 8) + "/" + SCOPE);
    query.put("X-Amz-Date", time);
    query.put("X-Amz-Expires", Long.toString(valid.toSeconds()));
    query.put("X-Amz-SignedHeaders", "host");
    String signature = signature(method, host, path, query);
    return "http://" + host + path + "?" + text(query) + "&X-Amz-Signature=" + signature;
  }

  /// @param query decoded
  /// @return the code of S3's error, empty when it may pass
  static String refusal(
      String method, String host, String path, Map<String, String> query, Instant now) {
    TreeMap<String, String> signed = new TreeMap<>(query);
    String signature = signed.remove("X-Amz-Signature");
    String time = query.getOrDefault("X-Amz-Date", "");
    if (signature == null || time.length() != 16) {
      return "AccessDenied";
    }
    if (!signature.equals(signature(method, host, path, signed))) {
      return "SignatureDoesNotMatch";
    }
    Instant made = TIME.parse(time, Instant::from);
    long valid = Long.parseLong(query.getOrDefault("X-Amz-Expires", "0"));
    return now.isAfter(made.plusSeconds(valid)) ? "AccessDenied" : "";
  }

  private static String signature(
      String method, String host, String path, SortedMap<String, String> query) {
    String time = query.getOrDefault("X-Amz-Date", "");
    String request =
        String.join(
            "\n", method, path, text(query), "host:" + host, "", "host", "UNSIGNED-PAYLOAD");
    String day = time.substring(0, 8);
    String toSign =
        String.join("\n", "AWS4-HMAC-SHA256", time, day + "/" + SCOPE, hex(sha256(request)));
    byte[] key = hmac(("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8), day);
    for (String part : SCOPE.split("/")) {
      key = hmac(key, part);
    }
    return hex(hmac(key, toSign));
  }

  private static String text(SortedMap<String, String> query) {
    return query.entrySet().stream()
        .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
