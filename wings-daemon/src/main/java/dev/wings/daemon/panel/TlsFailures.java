package dev.wings.daemon.panel;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/// Says why a certificate was refused, in words that an operator can act on; the JDK speaks of PKIX
/// paths.
final class TlsFailures {
  private static final int MAX_CAUSES = 16;

  private TlsFailures() {}

  /// Empty when the failure is not one of certificates.
  static Optional<String> describe(Throwable failure) {
    boolean handshake = false;
    boolean unknownIssuer = false;
    boolean wrongCertificate = false;
    @Nullable Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      if (cause instanceof CertificateExpiredException) {
        return Optional.of("the certificate of the panel has expired");
      }
      if (cause instanceof CertificateNotYetValidException) {
        return Optional.of("the certificate of the panel is not valid yet; is the clock right?");
      }
      handshake |= cause instanceof SSLHandshakeException;
      wrongCertificate |= cause instanceof CertificateException;
      unknownIssuer |=
          cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException;
      cause = cause.getCause();
    }
    if (!handshake) {
      return Optional.empty();
    }
    if (unknownIssuer) {
      return Optional.of(
          "the certificate of the panel is self-signed or from an authority that Java does not"
              + " know");
    }
    return wrongCertificate
        ? Optional.of("the certificate of the panel is for another host name")
        : Optional.empty();
  }
}
