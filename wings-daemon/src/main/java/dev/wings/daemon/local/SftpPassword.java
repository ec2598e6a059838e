package dev.wings.daemon.local;

import java.util.random.RandomGenerator;

/// Makes what `users.yml` holds instead of a password.
public final class SftpPassword {
  private SftpPassword() {}

  /// @param random a source that attackers cannot predict
  public static String hash(String password, RandomGenerator random) {
    return PasswordHash.of(password, random).encoded();
  }
}
