package dev.wings.fs.hash;

import java.util.Arrays;
import java.util.Optional;

/// How a fingerprint is computed and written (`filesystem.md` 20).
public enum FingerprintAlgorithm {
  MD5("md5", "MD5"),
  SHA1("sha1", "SHA-1"),
  SHA224("sha224", "SHA-224"),
  SHA256("sha256", "SHA-256"),
  SHA384("sha384", "SHA-384"),
  SHA512("sha512", "SHA-512"),
  /// IEEE CRC-32 in hexadecimal without leading zeros.
  CRC32("crc32", ""),
  /// What CurseForge knows files by: MurmurHash2 of the content without white space, in decimal.
  CURSEFORGE("curseforge", "");

  private final String wireName;
  private final String digest;

  FingerprintAlgorithm(String wireName, String digest) {
    this.wireName = wireName;
    this.digest = digest;
  }

  public String wireName() {
    return wireName;
  }

  /// Name of the JDK's digest, empty for what is none.
  String digest() {
    return digest;
  }

  public static Optional<FingerprintAlgorithm> fromWire(String name) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.wireName.equals(name)).findFirst();
  }
}
