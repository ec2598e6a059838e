package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the server needs of the configuration, derived once per snapshot and not per request. Safe
/// for use by many threads; two may derive the same snapshot twice, which does no harm.
final class LiveSettings {
  private static final Logger log = LoggerFactory.getLogger(LiveSettings.class);

  /// @param corsLines header lines of answers to requests without (or with the Panel's) origin
  record Snapshot(
      WingsConfig source,
      NodeToken token,
      Cors cors,
      byte[] corsLines,
      AddressRanges trustedProxies,
      Map<String, String> redirects,
      long requestLogLimit) {}

  private final LiveConfig config;
  private volatile @Nullable Snapshot latest;

  LiveSettings(LiveConfig config) {
    this.config = config;
  }

  Snapshot current() {
    WingsConfig source = config.current();
    Snapshot known = latest;
    if (known != null && known.source == source) {
      return known;
    }
    Snapshot derived = derive(source, known);
    latest = derived;
    return derived;
  }

  private static Snapshot derive(WingsConfig source, @Nullable Snapshot previous) {
    boolean sameToken = previous != null && previous.source.token().equals(source.token());
    NodeToken token = sameToken ? requireNonNull(previous).token() : new NodeToken(source.token());
    Cors cors =
        new Cors(source.remote(), source.allowedOrigins(), source.allowCorsPrivateNetwork());
    return new Snapshot(
        source,
        token,
        cors,
        cors.lines(null).getBytes(StandardCharsets.US_ASCII),
        trusted(source),
        source.api().redirects(),
        source.api().requestLogLimit());
  }

  private static AddressRanges trusted(WingsConfig source) {
    try {
      return AddressRanges.parse(source.api().trustedProxies());
    } catch (IllegalArgumentException unusable) {
      log.atError()
          .addKeyValue("reason", unusable.getMessage())
          .log("api.trusted_proxies is unusable, no proxy is trusted");
      return AddressRanges.parse(java.util.List.of());
    }
  }
}
