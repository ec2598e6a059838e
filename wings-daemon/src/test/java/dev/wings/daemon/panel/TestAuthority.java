package dev.wings.daemon.panel;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority, and HTTPS servers with certificates of its making.
public final class TestAuthority {
  private final KeyPair pair = newPair();
  private final X509Certificate certificate;

  public TestAuthority() throws GeneralSecurityException, IOException {
    Instant now = Instant.now();
    certificate =
        issue("Test Authority", pair, pair, true, now.minusSeconds(60), now.plusSeconds(3600));
  }

  /// A context that trusts this authority alone.
  public SSLContext trust() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("authority", certificate);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  /// A server on 127.0.0.1 whose certificate this authority signed.
  public HttpsServer server(String host, Duration sinceBegin, Duration toEnd, HttpHandler handler)
      throws GeneralSecurityException, IOException {
    KeyPair own = newPair();
    Instant now = Instant.now();
    X509Certificate issued = issue(host, own, pair, false, now.minus(sinceBegin), now.plus(toEnd));
    return start(own, handler, issued, certificate);
  }

  /// A server on 127.0.0.1 that signed its certificate itself.
  public static HttpsServer selfSigned(String host, HttpHandler handler)
      throws GeneralSecurityException, IOException {
    KeyPair own = newPair();
    Instant now = Instant.now();
    X509Certificate issued =
        issueAs(host, host, own, own, false, now.minusSeconds(60), now.plusSeconds(3600));
    return start(own, handler, issued);
  }

  private static X509Certificate issue(
      String name, KeyPair own, KeyPair issuer, boolean authority, Instant from, Instant to)
      throws GeneralSecurityException, IOException {
    return issueAs("Test Authority", name, own, issuer, authority, from, to);
  }

  private static X509Certificate issueAs(
      String issuerName,
      String name,
      KeyPair own,
      KeyPair issuer,
      boolean authority,
      Instant from,
      Instant to)
      throws GeneralSecurityException, IOException {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuerName),
              BigInteger.valueOf(System.nanoTime()),
              Date.from(from),
              Date.from(to),
              new X500Name("CN=" + name),
              own.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!authority) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      }
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (OperatorCreationException | CertIOException failure) {
      throw new GeneralSecurityException(failure);
    }
  }

  private static HttpsServer start(KeyPair own, HttpHandler handler, Certificate... chain)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry("server", own.getPrivate(), new char[0], chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", handler);
    server.start();
    return server;
  }

  private static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }
}
