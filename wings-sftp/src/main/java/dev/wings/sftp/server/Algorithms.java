package dev.wings.sftp.server;

import java.util.List;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.compression.Compression;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.mac.Mac;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.ServerBuilder;
import org.jspecify.annotations.Nullable;

/// What the server offers (SF-06); `src/test/resources/expected-algorithms.txt` pins the list.
///
/// **Ciphers.** In SSH the first cipher of the *client's* list that the server also has wins.
/// OpenSSH's list begins with `chacha20-poly1305@openssh.com`, and up to 9.9 AES in counter mode
/// comes before AES-GCM. Java computes ChaCha20, and the MACs of counter mode, at about half the
/// speed of AES-GCM, for which it uses the processor's instructions (measured with this library;
/// for counter mode `SftpBench` prints it). So:
///
/// - ChaCha20 is not offered.
/// - A client that knows AES-GCM is offered nothing else, when the server can see that in time: it
///   holds its own list back until the client's has come. Only OpenSSH is treated so, because it is
///   known to send its list without waiting for the server's (RFC 4253, 7.1 leaves that open), and
///   if it does not come within two seconds the whole list is sent. `-c aes256-ctr` works, as then
///   AES-GCM is not in the client's list.
/// - Everybody else is offered AES-CTR too, for programs that know no GCM (paramiko before 3.5,
///   JSch before 0.2, PuTTY before 0.81).
///
/// Nothing is lost by that: AES with 128 bits or more and ChaCha20 are both far beyond any known
/// attack, both are authenticated, the JDK's AES runs in constant time, and leaving ChaCha20 and
/// CBC out closes the modes that the prefix truncation attack (CVE-2023-48795) was made for even
/// where a client does not know strict key exchange. The exchange of keys signs both lists, so that
/// nobody between can change what was offered.
///
/// Never offered: SHA-1, CBC, groups below 2048 bits, compression (it costs more than it gives on
/// archives, and needs memory for each connection).
final class Algorithms {
  private static final int COOKIE_BYTES = 16;

  private static final List<BuiltinDHFactories> KEY_EXCHANGES =
      List.of(
          BuiltinDHFactories.mlkem768x25519,
          BuiltinDHFactories.sntrup761x25519,
          BuiltinDHFactories.sntrup761x25519_openssh,
          BuiltinDHFactories.curve25519,
          BuiltinDHFactories.curve25519_libssh,
          BuiltinDHFactories.ecdhp256,
          BuiltinDHFactories.ecdhp384,
          BuiltinDHFactories.ecdhp521,
          BuiltinDHFactories.dhg16_512,
          BuiltinDHFactories.dhg18_512,
          BuiltinDHFactories.dhg14_256);

  private static final List<BuiltinCiphers> CIPHERS =
      List.of(
          BuiltinCiphers.aes128gcm,
          BuiltinCiphers.aes256gcm,
          BuiltinCiphers.aes128ctr,
          BuiltinCiphers.aes192ctr,
          BuiltinCiphers.aes256ctr);

  private static final List<BuiltinMacs> MACS =
      List.of(
          BuiltinMacs.hmacsha256etm,
          BuiltinMacs.hmacsha512etm,
          BuiltinMacs.hmacsha256,
          BuiltinMacs.hmacsha512);

  private static final List<BuiltinSignatures> SIGNATURES =
      List.of(
          BuiltinSignatures.ed25519,
          BuiltinSignatures.nistp256,
          BuiltinSignatures.nistp384,
          BuiltinSignatures.nistp521,
          BuiltinSignatures.rsaSHA512,
          BuiltinSignatures.rsaSHA256,
          BuiltinSignatures.sk_ssh_ed25519,
          BuiltinSignatures.sk_ecdsa_sha2_nistp256);

  private Algorithms() {}

  static List<KeyExchangeFactory> keyExchanges() {
    return NamedFactory.setUpTransformedFactories(false, KEY_EXCHANGES, ServerBuilder.DH2KEX);
  }

  static List<NamedFactory<Cipher>> ciphers() {
    return List.copyOf(CIPHERS);
  }

  static List<NamedFactory<Mac>> macs() {
    return List.copyOf(MACS);
  }

  static List<NamedFactory<Cipher>> gcmCiphers() {
    return List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm);
  }

  /// Whether a client sends its algorithms without waiting for the server's.
  static boolean sendsItsOwnFirst(@Nullable String clientVersion) {
    return clientVersion != null && clientVersion.startsWith("SSH-2.0-OpenSSH_");
  }

  /// Whether a client can use AES-GCM in both directions.
  ///
  /// @param keyExchangeInit the message behind its type (RFC 4253, 7.1)
  static boolean knowsGcm(Buffer keyExchangeInit) {
    keyExchangeInit.rpos(keyExchangeInit.rpos() + COOKIE_BYTES);
    keyExchangeInit.getString(); // key exchanges
    keyExchangeInit.getString(); // host keys
    String toServer = keyExchangeInit.getString();
    String toClient = keyExchangeInit.getString();
    return hasGcm(toServer) && hasGcm(toClient);
  }

  private static boolean hasGcm(String ciphers) {
    List<String> names = List.of(ciphers.split(",", -1));
    return gcmCiphers().stream().anyMatch(c -> names.contains(c.getName()));
  }

  /// For host keys and for the keys of users.
  static List<NamedFactory<Signature>> signatures() {
    return List.copyOf(SIGNATURES);
  }

  static List<NamedFactory<Compression>> compressions() {
    return List.of(BuiltinCompressions.none);
  }
}
