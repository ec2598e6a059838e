package dev.wings.sftp.account;

import static java.util.Objects.requireNonNull;

/// What somebody proves an identity with.
public sealed interface Credential {
  /// Name for logs and activity: `password` or `public_key`.
  String method();

  /// Never printed.
  record Password(String password) implements Credential {
    public Password {
      requireNonNull(password, "password");
    }

    @Override
    public String method() {
      return "password";
    }

    @Override
    public String toString() {
      return "Password[]";
    }
  }

  /// A key that the client has proven to hold.
  ///
  /// @param line algorithm and base64 of the key, as in `authorized_keys`
  record PublicKey(String line) implements Credential {
    public PublicKey {
      requireNonNull(line, "line");
    }

    @Override
    public String method() {
      return "public_key";
    }
  }
}
