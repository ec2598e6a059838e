package dev.wings.daemon.http;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/// A self-signed certificate and its key, as PEM.
record TestCertificate(X509Certificate certificate, KeyPair pair) {
  /// How a private key is written.
  enum Form {
    /// `BEGIN PRIVATE KEY`.
    PKCS8,
    /// `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`.
    TRADITIONAL,
    /// The same, an EC key without the name of its curve.
    TRADITIONAL_BARE
  }

  static TestCertificate ec(String name) throws GeneralSecurityException {
    return ec(name, Instant.now().plus(Duration.ofDays(90)));
  }

  static TestCertificate ec(String name, Instant expires) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return of(name, generator.generateKeyPair(), "SHA256withECDSA", expires);
  }

  static TestCertificate rsa(String name) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    Instant expires = Instant.now().plus(Duration.ofDays(90));
    return of(name, generator.generateKeyPair(), "SHA256withRSA", expires);
  }

  String certificatePem() throws IOException {
    return pem(certificate);
  }

  String keyPem(Form form) throws IOException {
    return switch (form) {
      case PKCS8 ->
          pem(
              new PemObject(
                  "PRIVATE KEY",
                  PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded()).getEncoded()));
      case TRADITIONAL ->
          pair.getPrivate() instanceof java.security.interfaces.ECPrivateKey ec
              ? pem(new PemObject("EC PRIVATE KEY", sec1(ec)))
              : pem(pair.getPrivate());
      case TRADITIONAL_BARE -> pem(pair.getPrivate());
    };
  }

  private static byte[] sec1(java.security.interfaces.ECPrivateKey key) throws IOException {
    var curve = PrivateKeyInfo.getInstance(key.getEncoded()).getPrivateKeyAlgorithm();
    return new ECPrivateKey(256, key.getS(), curve.getParameters()).getEncoded();
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }

  private static TestCertificate of(String name, KeyPair pair, String algorithm, Instant expires)
      throws GeneralSecurityException {
    X500Name subject = new X500Name("CN=" + name);
    var builder =
        new JcaX509v3CertificateBuilder(
            subject,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(expires.minus(Duration.ofDays(365))),
            Date.from(expires),
            subject,
            pair.getPublic());
    try {
      var signer = new JcaContentSignerBuilder(algorithm).build(pair.getPrivate());
      return new TestCertificate(
          new JcaX509CertificateConverter().getCertificate(builder.build(signer)), pair);
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }
}
