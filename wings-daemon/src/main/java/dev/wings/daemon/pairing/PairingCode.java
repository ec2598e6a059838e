package dev.wings.daemon.pairing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The code that proves that whoever pairs the node can see its terminal (`configuration.md` 15.2).
/// After five wrong signatures it is replaced, so that it cannot be guessed.
final class PairingCode {
  private static final String LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
  private static final int LENGTH = 8;
  private static final int MAX_FAILURES = 5;

  private final RandomGenerator random;
  private final Consumer<String> shown;
  private String code;
  private int failures;

  /// @param random a source that attackers cannot predict
  /// @param shown gets each code as `XXXX-XXXX`, the first one at once
  PairingCode(RandomGenerator random, Consumer<String> shown) {
    this.random = random;
    this.shown = shown;
    this.code = fresh();
    show();
  }

  /// Checks a signature over method, path and raw body, in constant time.
  synchronized boolean verify(String method, String path, byte[] body, String signature) {
    byte[] expected = sign(code, method, path, body).getBytes(StandardCharsets.US_ASCII);
    byte[] given = signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    if (MessageDigest.isEqual(expected, given)) {
      return true;
    }
    if (++failures == MAX_FAILURES) {
      failures = 0;
      code = fresh();
      show();
    }
    return false;
  }

  static String sign(String code, String method, String path, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(code.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
      mac.update((method + "\n" + path + "\n").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is part of every JDK", e);
    }
  }

  private String fresh() {
    StringBuilder letters = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return letters.toString();
  }

  private void show() {
    shown.accept(code.substring(0, LENGTH / 2) + "-" + code.substring(LENGTH / 2));
  }
}
