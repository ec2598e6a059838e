package dev.wings.daemon.local;

import dev.wings.core.WingsException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// A password of a stand-alone user as it is stored: Argon2id in the usual text form,
/// `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, as other programs write it, too.
final class PasswordHash {
  private static final int MEMORY_KIB = 19_456;
  private static final int PASSES = 2;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /// What a file may ask for, so that a login cannot take all memory or minutes.
  private static final int MAX_MEMORY_KIB = 65_536;

  private static final int MAX_PASSES = 16;
  private static final int MAX_LANES = 4;

  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,6}),t=(\\d{1,2}),p=(\\d)\\$"
              + "([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  private final int memoryKib;
  private final int passes;
  private final int lanes;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(int memoryKib, int passes, int lanes, byte[] salt, byte[] hash) {
    this.memoryKib = memoryKib;
    this.passes = passes;
    this.lanes = lanes;
    this.salt = salt;
    this.hash = hash;
  }

  /// @throws WingsException kind INVALID when the text is no such hash, or too expensive to check
  static PasswordHash parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw WingsException.invalid("password: expected a hash made by `wings sftp-password`");
    }
    int memoryKib = Integer.parseInt(matcher.group(1));
    int passes = Integer.parseInt(matcher.group(2));
    int lanes = Integer.parseInt(matcher.group(3));
    if (lanes < 1
        || lanes > MAX_LANES
        || passes < 1
        || passes > MAX_PASSES
        || memoryKib < 8 * lanes
        || memoryKib > MAX_MEMORY_KIB) {
      throw WingsException.invalid("password: the hash asks for too much memory or time");
    }
    Base64.Decoder decoder = Base64.getDecoder();
    try {
      return new PasswordHash(
          memoryKib,
          passes,
          lanes,
          decoder.decode(matcher.group(4)),
          decoder.decode(matcher.group(5)));
    } catch (IllegalArgumentException malformed) {
      throw WingsException.invalid("password: the hash is damaged");
    }
  }

  /// @param random a source that attackers cannot predict
  static PasswordHash of(String password, RandomGenerator random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    byte[] hash = compute(password, MEMORY_KIB, PASSES, /* lanes= */ 1, salt, HASH_BYTES);
    return new PasswordHash(MEMORY_KIB, PASSES, /* lanes= */ 1, salt, hash);
  }

  /// Takes tens of milliseconds and [#MEMORY_KIB], whether it matches or not.
  boolean matches(String password) {
    return MessageDigest.isEqual(
        hash, compute(password, memoryKib, passes, lanes, salt, hash.length));
  }

  private static byte[] compute(
      String password, int memoryKib, int passes, int lanes, byte[] salt, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] result = new byte[length];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), result);
    return result;
  }

  /// The text form.
  String encoded() {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m="
        + memoryKib
        + ",t="
        + passes
        + ",p="
        + lanes
        + "$"
        + encoder.encodeToString(salt)
        + "$"
        + encoder.encodeToString(hash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash same && same.encoded().equals(encoded());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  /// Never the hash.
  @Override
  public String toString() {
    return "PasswordHash[]";
  }
}
