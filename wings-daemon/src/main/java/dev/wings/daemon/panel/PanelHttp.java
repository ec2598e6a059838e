package dev.wings.daemon.panel;

import java.net.Socket;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the HTTP client of the Panel calls.
final class PanelHttp {
  private static final Logger log = LoggerFactory.getLogger(PanelHttp.class);

  private PanelHttp() {}

  /// @param trust instead of the authorities that the JVM knows; not used when nothing is verified
  static HttpClient client(
      PanelOptions options, Duration connectTimeout, @Nullable SSLContext trust) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(connectTimeout)
            .executor(
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("panel-", 0).factory()));
    if (!options.verifyCertificate()) {
      log.atWarn()
          .addKeyValue("panel", options.base().getHost())
          .log(
              "THE CERTIFICATE OF THE PANEL IS NOT VERIFIED: whoever is between this node and the"
                  + " panel can take over the node");
      client.sslContext(trustingContext());
    } else if (trust != null) {
      client.sslContext(trust);
    }
    return client.build();
  }

  private static SSLContext trustingContext() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustEverything()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM cannot do TLS", e);
    }
  }

  /// Accepts any certificate and, being an extended manager, any host name.
  private static final class TrustEverything extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
