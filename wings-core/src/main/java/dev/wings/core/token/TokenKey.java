package dev.wings.core.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The HMAC key: the bytes of the node's token. Has no `equals` and prints nothing.
final class TokenKey {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  TokenKey(String nodeToken) {
    if (nodeToken.isEmpty()) {
      throw new IllegalArgumentException("nodeToken: empty (expected: the node's secret)");
    }
    key = new SecretKeySpec(nodeToken.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /// The signature of the first two parts of a token.
  byte[] sign(String signedPart) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(signedPart.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return "TokenKey[redacted]";
  }
}
