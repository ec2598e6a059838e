package dev.wings.sftp.server;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key that names the node to its clients (`sftp.md` 3, SF-08).
///
/// A key is kept as text in OpenSSH's format, readable by its owner only. When the file is there it
/// must be good: an empty, damaged or foreign one, or one that others can read, stops the start
/// with an explanation, because making a new key silently would look to every client like an
/// attack. Only when there is no file one is made, or taken over from Pterodactyl's `id_ed25519`
/// beside it, so that the clients of a migrated node notice nothing.
public final class HostKeys {
  private static final String PTERODACTYL = "id_ed25519";
  private static final String OPENSSH_BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
  private static final long MAX_BYTES = 64 * 1024;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Logger log = LoggerFactory.getLogger(HostKeys.class);

  /// SSH names of algorithms and the sizes of their keys in bits.
  private static final Map<String, Integer> ALGORITHMS =
      Map.of(
          "ssh-ed25519", 256,
          "ecdsa-sha2-nistp256", 256,
          "ecdsa-sha2-nistp384", 384,
          "ecdsa-sha2-nistp521", 521,
          "ssh-rsa", 3072);

  private HostKeys() {}

  /// Loads the key, or makes and keeps one when there is none.
  ///
  /// @param directory made when it is missing
  /// @param algorithm SSH name such as `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`
  /// @throws IllegalArgumentException for an unknown algorithm
  /// @throws IOException when the file is there but no good, or cannot be written; the message says
  ///   what to do
  public static KeyPair loadOrCreate(Path directory, String algorithm) throws IOException {
    requireNonNull(directory, "directory");
    Integer bits = ALGORITHMS.get(requireNonNull(algorithm, "algorithm"));
    if (bits == null) {
      throw new IllegalArgumentException(
          "key_algorithm: " + algorithm + " (expected: one of " + ALGORITHMS.keySet() + ")");
    }
    Path file = directory.resolve("id_" + algorithm.replace('-', '_'));
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return load(file, algorithm);
    }
    Path theirs = directory.resolve(PTERODACTYL);
    if (algorithm.equals("ssh-ed25519") && Files.exists(theirs, LinkOption.NOFOLLOW_LINKS)) {
      KeyPair imported = load(theirs, algorithm);
      keep(file, imported);
      announce("SSH host key taken over from Pterodactyl", file, imported);
      return imported;
    }
    try {
      KeyPair made = KeyUtils.generateKeyPair(algorithm, bits);
      keep(file, made);
      announce("SSH host key made", file, made);
      return made;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot make a key for " + algorithm, e);
    }
  }

  private static void announce(String what, Path file, KeyPair key) {
    log.atInfo()
        .addKeyValue("file", file)
        .addKeyValue("algorithm", KeyUtils.getKeyType(key))
        .addKeyValue("fingerprint", fingerprint(key))
        .log(what);
  }

  /// The SHA-256 fingerprint in the form that SSH clients show.
  public static String fingerprint(KeyPair key) {
    return KeyUtils.getFingerPrint(key.getPublic());
  }

  private static KeyPair load(Path file, String algorithm) throws IOException {
    String text = read(file);
    byte[] announced = announced(file, text);
    List<KeyPair> keys = new ArrayList<>();
    try {
      Iterable<KeyPair> found =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName(String.valueOf(file.getFileName())),
              new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)),
              null);
      if (found != null) {
        found.forEach(keys::add);
      }
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      throw refused(file, "cannot be read as a private key without passphrase", e);
    }
    if (keys.size() != 1) {
      throw refused(file, "does not hold exactly one private key", null);
    }
    KeyPair key = keys.getFirst();
    if (!isWhole(key) || (announced != null && !Arrays.equals(announced, encoded(key)))) {
      throw refused(file, "is damaged: its private and public parts do not fit", null);
    }
    if (!algorithm.equals(KeyUtils.getKeyType(key))) {
      throw refused(file, "holds a key of type " + KeyUtils.getKeyType(key), null);
    }
    return key;
  }

  /// Whether what the private key signs is good for the public one.
  private static boolean isWhole(KeyPair key) {
    try {
      Signature signer = verifier(key);
      byte[] data = new byte[32];
      signer.initSigner(null, key.getPrivate());
      signer.update(null, data);
      byte[] signature = signer.sign(null);
      Signature verifier = verifier(key);
      verifier.initVerifier(null, key.getPublic());
      verifier.update(null, data);
      return verifier.verify(null, signature);
    } catch (Exception e) { // the library's signatures declare nothing narrower
      return false;
    }
  }

  private static Signature verifier(KeyPair key) {
    return NamedFactory.create(
        Algorithms.signatures(),
        KeyUtils.getKeyType(key).equals("ssh-rsa") ? "rsa-sha2-256" : KeyUtils.getKeyType(key));
  }

  /// The public key that OpenSSH's format repeats in front: the library does not look at it, but
  /// other programs show it to people who compare fingerprints. Read before the library gets to see
  /// the file, because a damaged number of keys makes that ask for all memory.
  ///
  /// @return null for other formats
  private static byte @Nullable [] announced(Path file, String text) throws IOException {
    int from = text.indexOf(OPENSSH_BEGIN);
    if (from < 0) {
      return null;
    }
    int to = text.indexOf("-----END", from);
    try {
      ByteArrayBuffer body =
          new ByteArrayBuffer(
              Base64.getMimeDecoder().decode(text.substring(from + OPENSSH_BEGIN.length(), to)));
      body.rpos("openssh-key-v1\0".length());
      body.getString(); // cipher
      body.getString(); // key derivation
      body.getBytes(); // its options
      if (body.getInt() != 1) {
        throw refused(file, "does not hold exactly one private key", null);
      }
      return body.getBytes();
    } catch (RuntimeException malformed) {
      throw refused(file, "cannot be read as a private key", malformed);
    }
  }

  private static byte[] encoded(KeyPair key) {
    ByteArrayBuffer encoded = new ByteArrayBuffer();
    encoded.putRawPublicKey(key.getPublic());
    return encoded.getCompactData();
  }

  private static String read(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw refused(file, "is not a regular file", null);
    }
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
    for (PosixFilePermission permission : permissions) {
      if (permission != PosixFilePermission.OWNER_READ
          && permission != PosixFilePermission.OWNER_WRITE) {
        throw refused(
            file,
            "may be used by others ("
                + PosixFilePermissions.toString(permissions)
                + "; if nobody has read it: chmod 600)",
            null);
      }
    }
    if (Files.size(file) > MAX_BYTES) {
      throw refused(file, "is too large for a key", null);
    }
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.US_ASCII);
    if (!text.stripLeading().startsWith("-----BEGIN ")) {
      throw refused(file, bytes.length == 0 ? "is empty" : "is not a key in text form", null);
    }
    return text;
  }

  private static IOException refused(Path file, String problem, @Nullable Exception cause) {
    return new IOException(
        "SSH host key "
            + file
            + " "
            + problem
            + ". Put the right key back, or remove the file to get a new one (clients will warn).",
        cause);
  }

  private static void keep(Path file, KeyPair key) throws IOException {
    Path directory = requireNonNull(file.getParent(), "directory of the key");
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "wings", null, text);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot write a key", e);
    }
    Path temporary = directory.resolve(file.getFileName() + ".new");
    try {
      Files.delete(temporary);
    } catch (NoSuchFileException expected) {
      // nothing was left over from an interrupted start
    }
    try (FileChannel out =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toByteArray());
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
      parent.force(true); // the name must survive a crash too
    }
  }
}
