package dev.wings.daemon.http;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/// A certificate chain and its key, read from PEM files and checked to belong together. Immutable.
///
/// @param expires end of validity of the server's own certificate
record TlsIdentity(SslContext context, Instant expires) {
  // TLS 1.3 suites first, then the forward-secret AEAD suites of TLS 1.2 (threats.md TL-02).
  private static final List<String> SUITES =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /// Reads and validates a pair.
  ///
  /// @throws IOException naming what is wrong; nothing of the key is in the message
  static TlsIdentity load(Path certificate, Path key) throws IOException {
    List<X509Certificate> chain = readChain(certificate);
    PrivateKey privateKey = readKey(key, chain.getFirst());
    try {
      if (!belongTogether(chain.getFirst(), privateKey)) {
        throw new IOException("the key does not belong to the certificate");
      }
      SslContext context =
          SslContextBuilder.forServer(privateKey, chain.toArray(new X509Certificate[0]))
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .ciphers(SUITES, SupportedCipherSuiteFilter.INSTANCE)
              .build();
      return new TlsIdentity(context, chain.getFirst().getNotAfter().toInstant());
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw new IOException("certificate and key cannot be used together", unusable);
    }
  }

  private static List<X509Certificate> readChain(Path file) throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        chain.add((X509Certificate) each);
      }
    } catch (GeneralSecurityException malformed) {
      throw new IOException("certificate file is not PEM: " + file, malformed);
    }
    if (chain.isEmpty()) {
      throw new IOException("no certificate in " + file);
    }
    return chain;
  }

  /// PKCS#8, PKCS#1 and SEC1; the last two are what several ACME clients write and what neither the
  /// JDK nor Netty reads by itself (`engineering.md` trap 12).
  private static PrivateKey readKey(Path file, X509Certificate certificate) throws IOException {
    try (Reader in = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(in)) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        if (part instanceof PEMKeyPair pair) {
          return converter.getPrivateKey(complete(pair.getPrivateKeyInfo(), certificate));
        }
        if (part instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
      }
    } catch (IllegalArgumentException malformed) {
      throw new IOException("key file is malformed: " + file, malformed);
    }
    throw new IOException("no unencrypted private key in " + file);
  }

  /// A SEC1 file may leave out the curve; then it is the certificate's.
  private static PrivateKeyInfo complete(PrivateKeyInfo info, X509Certificate certificate)
      throws IOException {
    AlgorithmIdentifier algorithm =
        SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded()).getAlgorithm();
    boolean incomplete =
        info.getPrivateKeyAlgorithm().getParameters() == null
            && info.getPrivateKeyAlgorithm().getAlgorithm().equals(algorithm.getAlgorithm());
    return incomplete ? new PrivateKeyInfo(algorithm, info.parsePrivateKey()) : info;
  }

  private static boolean belongTogether(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] probe = {1, 2, 3, 4};
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(probe);
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(certificate.getPublicKey());
    verifier.update(probe);
    return verifier.verify(signature);
  }
}
