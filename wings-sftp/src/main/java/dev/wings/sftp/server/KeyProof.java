package dev.wings.sftp.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.RSAKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/// The part of a `publickey` request behind the method name (RFC 4252, 7).
final class KeyProof {
  private static final int MAX_KEY_BYTES = 4096;
  private static final int MAX_SIGNATURE_BYTES = 4096;
  private static final int MIN_RSA_BITS = 2048;

  /// Signature algorithms and the types of key that they sign with. No SHA-1, no DSA and no
  /// certificates.
  private static final Map<String, String> KEY_TYPES =
      Map.of(
          "ssh-ed25519", "ssh-ed25519",
          "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256",
          "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384",
          "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521",
          "rsa-sha2-256", "ssh-rsa",
          "rsa-sha2-512", "ssh-rsa",
          "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com",
          "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com");

  private final String algorithm;
  private final byte[] key;
  private final byte @Nullable [] signature;

  private KeyProof(String algorithm, byte[] key, byte @Nullable [] signature) {
    this.algorithm = algorithm;
    this.key = key;
    this.signature = signature;
  }

  /// Reads one.
  ///
  /// @throws BufferException when it is malformed
  static KeyProof read(Buffer buffer) {
    boolean signed = buffer.getBoolean();
    String algorithm = buffer.getString(StandardCharsets.US_ASCII);
    byte[] key = buffer.getBytes();
    return new KeyProof(algorithm, key, signed ? buffer.getBytes() : null);
  }

  /// Name of the algorithm of the signature.
  String algorithm() {
    return algorithm;
  }

  /// The key as the client sent it.
  byte[] key() {
    return key;
  }

  /// Whether there is a signature; without one the client only asks whether the key might do.
  boolean signed() {
    return signature != null;
  }

  /// Whether the key is of a kind that can log in here at all.
  boolean acceptable() {
    if (!KEY_TYPES.containsKey(algorithm) || key.length > MAX_KEY_BYTES) {
      return false;
    }
    try {
      String type = new ByteArrayBuffer(key).getString(StandardCharsets.US_ASCII);
      return type.equals(KEY_TYPES.get(algorithm));
    } catch (BufferException malformed) {
      return false;
    }
  }

  /// The form of `authorized_keys`.
  String line() {
    return KEY_TYPES.get(algorithm) + " " + Base64.getEncoder().encodeToString(key);
  }

  /// Whether the signature shows that the client has the private key.
  boolean holds(
      SshSession session, List<NamedFactory<Signature>> verifiers, String user, String service) {
    byte[] proof = signature;
    if (!acceptable() || proof == null || proof.length > MAX_SIGNATURE_BYTES) {
      return false;
    }
    try {
      ByteArrayBuffer blob = new ByteArrayBuffer(key);
      PublicKey known = blob.getRawPublicKey();
      if (blob.available() > 0
          || (known instanceof RSAKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS)) {
        return false;
      }
      Signature verifier = NamedFactory.create(verifiers, algorithm);
      if (verifier == null || !algorithm.equals(signatureAlgorithm(proof))) {
        return false;
      }
      verifier.initVerifier(session, known);
      byte[] signed = signedData(session, user, service);
      verifier.update(session, signed);
      return verifier.verify(session, proof);
    } catch (GeneralSecurityException | IOException | RuntimeException malformed) {
      return false; // a key or a signature that cannot be read proves nothing
    } catch (Exception e) { // the library's signatures declare nothing narrower
      return false;
    }
  }

  private static String signatureAlgorithm(byte[] proof) {
    return new ByteArrayBuffer(proof).getString(StandardCharsets.US_ASCII);
  }

  private byte[] signedData(SshSession session, String user, String service) {
    ByteArrayBuffer data = new ByteArrayBuffer();
    data.putBytes(session.getSessionId());
    data.putByte(SshConstants.SSH_MSG_USERAUTH_REQUEST);
    data.putString(user);
    data.putString(service);
    data.putString(Login.PUBLIC_KEY);
    data.putBoolean(true);
    data.putString(algorithm, StandardCharsets.US_ASCII);
    data.putBytes(key);
    return data.getCompactData();
  }
}
