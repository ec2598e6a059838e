package dev.wings.daemon.http;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// The node token, held only as a keyed digest, and the procedure of `http-api.md` 3.1. Both sides
/// of a comparison are hashed with a key that this process drew at random, so neither the time nor
/// a memory dump tells anything about the token (`threats.md` TK-06). Immutable.
final class NodeToken {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;
  private final byte[] digest;
  private final boolean configured;

  NodeToken(String token) {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    key = new SecretKeySpec(random, ALGORITHM);
    digest = hash(token);
    configured = !token.isEmpty();
  }

  /// Checks an `Authorization` header. Returns the message of the refusal, null when it is right.
  /// Everything is refused while no token is configured.
  @Nullable String refusal(@Nullable String authorization) {
    String header = authorization == null || !ascii(authorization) ? "" : authorization;
    int space = header.indexOf(' ');
    if (space < 0 || !header.substring(0, space).equals("Bearer")) {
      return "invalid authorization header";
    }
    return matches(header.substring(space + 1)) ? null : "invalid authorization token";
  }

  /// Whether this is the configured token.
  boolean matches(String presented) {
    return MessageDigest.isEqual(digest, hash(presented)) & configured;
  }

  /// Compares two header values of the same connection without telling where they differ.
  static boolean sameConstantTime(String a, String b) {
    int difference = a.length() ^ b.length();
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      difference |= a.charAt(i) ^ b.charAt(i);
    }
    return difference == 0;
  }

  private byte[] hash(String token) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(token.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  private static boolean ascii(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > 0x7e) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return "NodeToken[redacted]";
  }
}
