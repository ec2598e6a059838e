package dev.wings.core.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenVerifierTest {
  private static final String NODE_TOKEN =
      "8Ss0kA4v3Pt8oX2x99RGdCckLUej9vjcyHl4OMgwVT1cJmMladG5QRW8etDa2d5H";
  private static final long BOOT = 1_795_430_000L;
  private static final UUID USER = UUID.fromString("49702bdf-f463-441b-8c76-e9fbf7649e75");
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  private final ManualClock time = ManualClock.atSecond(BOOT);
  private final TokenClock clock = new TokenClock(time, time::nanos);
  private final DenyList denyList = new DenyList(clock);
  private final TokenVerifier verifier =
      new TokenVerifier(NODE_TOKEN, clock, denyList, TokenRules.STANDARD);
  private final TokenIssuer issuer = new TokenIssuer(NODE_TOKEN, time);

  /// The kinds of tokens, each with the claims that it needs.
  enum Kind {
    WEBSOCKET(TokenScope.WEBSOCKET, TokenVerifier::websocket),
    FILE_DOWNLOAD(TokenScope.FILE_DOWNLOAD, TokenVerifier::fileDownload),
    BACKUP_DOWNLOAD(TokenScope.BACKUP_DOWNLOAD, TokenVerifier::backupDownload),
    UPLOAD(TokenScope.FILE_UPLOAD, TokenVerifier::upload),
    SERVER_TRANSFER(TokenScope.TRANSFER, TokenVerifier::serverTransfer),
    REMOTE_COPY(TokenScope.TRANSFER, TokenVerifier::remoteCopy);

    final TokenScope scope;
    final Endpoint endpoint;

    Kind(TokenScope scope, Endpoint endpoint) {
      this.scope = scope;
      this.endpoint = endpoint;
    }

    interface Endpoint {
      TokenVerdict<? extends Token> verify(TokenVerifier verifier, String token);
    }

    ObjectNode claims(long now) {
      ObjectNode claims = JsonNodeFactory.instance.objectNode();
      claims.put("scope", scope.wireName()).put("iss", "panel").putNull("sub").putArray("aud");
      claims.put("exp", now + 600).putNull("nbf").put("iat", now).put("jti", USER.toString());
      switch (this) {
        case WEBSOCKET -> {
          claims.put("user_uuid", USER.toString()).put("server_uuid", SERVER.toString());
          claims.putArray("permissions").add("websocket.connect").add("*");
        }
        case FILE_DOWNLOAD ->
            claims
                .put("file_path", "/a")
                .put("server_uuid", SERVER.toString())
                .put("unique_id", "u");
        case BACKUP_DOWNLOAD -> claims.put("backup_uuid", SERVER.toString()).put("unique_id", "u");
        case UPLOAD ->
            claims
                .put("server_uuid", SERVER.toString())
                .put("user_uuid", USER.toString())
                .put("unique_id", "u");
        case SERVER_TRANSFER -> claims.put("sub", SERVER.toString());
        case REMOTE_COPY ->
            claims
                .put("sub", SERVER.toString())
                .put("server", USER.toString())
                .put("root", "/")
                .put("destination_path", "/in");
      }
      return claims;
    }

    List<String> requiredClaims() {
      List<String> required = new ArrayList<>(List.of("iss", "aud", "exp", "iat", "jti", "scope"));
      required.addAll(
          switch (this) {
            case WEBSOCKET -> List.of("user_uuid", "server_uuid", "permissions");
            case FILE_DOWNLOAD -> List.of("file_path", "server_uuid", "unique_id");
            case BACKUP_DOWNLOAD -> List.of("backup_uuid", "unique_id");
            case UPLOAD -> List.of("server_uuid", "user_uuid", "unique_id");
            case SERVER_TRANSFER -> List.of("sub");
            case REMOTE_COPY -> List.of("sub", "server", "root", "destination_path");
          });
      return required;
    }
  }

  private static String outcome(TokenVerdict<? extends Token> verdict) {
    return switch (verdict) {
      case TokenVerdict.Accepted<? extends Token> _ -> "accepted";
      case TokenVerdict.Refused<? extends Token> refused -> refused.reason().message();
    };
  }

  private String verify(Kind kind, ObjectNode claims) {
    return outcome(kind.endpoint.verify(verifier, issuer.sign(claims)));
  }

  @Test
  @Proves({"TK-02", "CF-06"})
  void onlyTheDiagonalOfTokenKindsAndEndpointsIsAccepted() {
    TokenVerifier compatible =
        new TokenVerifier(
            NODE_TOKEN,
            clock,
            denyList,
            TokenRules.STANDARD.withFlavour(TokenRules.Flavour.SCOPE_OPTIONAL));
    for (Kind minted : Kind.values()) {
      ObjectNode withoutScope = minted.claims(BOOT);
      withoutScope.remove("scope");
      String strict = issuer.sign(minted.claims(BOOT));
      String scopeless = issuer.sign(withoutScope);
      for (Kind used : Kind.values()) {
        String expected = minted == used ? "accepted" : "refused";
        String name = minted + " at " + used;

        assertThat(accepted(used, verifier, strict)).as(name).isEqualTo(expected);
        assertThat(accepted(used, compatible, strict)).as(name).isEqualTo(expected);
        assertThat(accepted(used, compatible, scopeless)).as(name).isEqualTo(expected);
        assertThat(accepted(used, verifier, scopeless)).as(name).isEqualTo("refused");
      }
    }
  }

  private static String accepted(Kind kind, TokenVerifier verifier, String token) {
    return outcome(kind.endpoint.verify(verifier, token)).equals("accepted")
        ? "accepted"
        : "refused";
  }

  @Test
  @Proves("TK-02")
  void aTokenWithEveryClaimWorksOnlyForTheScopeItNames() {
    for (Kind minted : Kind.values()) {
      ObjectNode everything = JsonNodeFactory.instance.objectNode();
      for (Kind kind : List.of(Kind.WEBSOCKET, Kind.UPLOAD, Kind.FILE_DOWNLOAD)) {
        everything.setAll(kind.claims(BOOT));
      }
      everything.put("backup_uuid", SERVER.toString()).put("sub", SERVER.toString());
      everything.put("scope", minted.scope.wireName());
      for (Kind used : Kind.values()) {
        if (used == Kind.REMOTE_COPY) {
          continue; // needs claims that a server transfer must not have
        }
        assertThat(verify(used, everything))
            .as("%s at %s", minted, used)
            .isEqualTo(
                minted.scope == used.scope ? "accepted" : "invalid token: token has been denied");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @Proves({"TK-03", "JV-03"})
  void everyRequiredClaimMustBeThereWithItsType(Kind kind) {
    assertThat(verify(kind, kind.claims(BOOT))).isEqualTo("accepted");
    for (String claim : kind.requiredClaims()) {
      ObjectNode without = kind.claims(BOOT);
      without.remove(claim);
      String missing =
          switch (claim) {
            case "exp" -> "invalid token: token is expired";
            case "iat" -> "invalid token: token has invalid issued at time";
            case "scope" -> "invalid token: token has been denied";
            default -> "invalid token";
          };
      assertThat(verify(kind, without)).as("%s without %s", kind, claim).isEqualTo(missing);

      for (JsonNode wrong :
          List.of(
              JsonNodeFactory.instance.numberNode(1.5),
              JsonNodeFactory.instance.booleanNode(true),
              JsonNodeFactory.instance.objectNode().put("a", 1),
              JsonNodeFactory.instance.arrayNode().add(1))) {
        ObjectNode retyped = kind.claims(BOOT);
        retyped.set(claim, wrong);
        assertThat(verify(kind, retyped))
            .as("%s with %s = %s", kind, claim, wrong)
            .isEqualTo("invalid token");
      }
    }
  }

  @Test
  @Proves("TK-03")
  void aTokenMustNotLiveForLongerThanADay() {
    ObjectNode day = Kind.WEBSOCKET.claims(BOOT).put("exp", BOOT + 86_400);
    ObjectNode longer = Kind.WEBSOCKET.claims(BOOT).put("exp", BOOT + 86_401);
    ObjectNode forever = Kind.WEBSOCKET.claims(BOOT).put("exp", Long.MAX_VALUE);

    assertThat(verify(Kind.WEBSOCKET, day)).isEqualTo("accepted");
    assertThat(verify(Kind.WEBSOCKET, longer)).contains("issued at");
    assertThat(verify(Kind.WEBSOCKET, forever)).contains("issued at");
  }

  @Test
  void messagesFollowTheOrderOfTheChecks() {
    denyList.deny(USER.toString());
    ObjectNode claims = Kind.FILE_DOWNLOAD.claims(BOOT).put("scope", "transfer");
    claims.put("exp", BOOT - 1).put("nbf", BOOT + 100).put("iat", BOOT - 50);

    assertThat(verify(Kind.FILE_DOWNLOAD, claims)).isEqualTo("invalid token: token is expired");
    claims.put("exp", BOOT);
    assertThat(verify(Kind.FILE_DOWNLOAD, claims))
        .isEqualTo("invalid token: token is not yet valid");
    claims.put("nbf", BOOT);
    assertThat(verify(Kind.FILE_DOWNLOAD, claims))
        .isEqualTo("invalid token: token has invalid issued at time");
    claims.put("iat", BOOT + 6);
    assertThat(verify(Kind.FILE_DOWNLOAD, claims))
        .isEqualTo("invalid token: token has invalid issued at time");
    claims.put("iat", BOOT);
    assertThat(verify(Kind.FILE_DOWNLOAD, claims))
        .isEqualTo("invalid token: token has been denied");
    claims.put("iat", BOOT + 5);
    assertThat(verify(Kind.FILE_DOWNLOAD, claims))
        .as("scope")
        .isEqualTo("invalid token: token has been denied");
    claims.put("scope", "transfer , file-download");
    assertThat(verify(Kind.FILE_DOWNLOAD, claims)).isEqualTo("accepted");
  }

  @Test
  void refusalsAreUserErrorsOfKindDenied() {
    assertThatThrownBy(() -> verifier.websocket("nonsense").orThrow())
        .isInstanceOf(WingsException.class)
        .hasMessage("invalid token");
  }

  @Test
  @Proves("TK-01")
  void tokensOfTheUsualAttacksAreRefused() throws Exception {
    String payload = base64(Kind.WEBSOCKET.claims(BOOT).toString());
    Map<String, String> attacks = new LinkedHashMap<>();
    for (String header :
        List.of(
            "{\"alg\":\"none\"}",
            "{\"alg\":\"None\",\"typ\":\"JWT\"}",
            "{\"alg\":\"nOnE\"}",
            "{\"alg\":\"\"}",
            "{}",
            "{\"alg\":null}",
            "{\"alg\":[\"HS256\"]}",
            "{\"alg\":\"HS384\"}",
            "{\"alg\":\"hs256\"}",
            "{\"alg\":\"RS256\"}",
            "{\"alg\":\"none\",\"alg\":\"HS256\"}",
            "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
            "{\"alg\":\"HS256\",\"jku\":\"https://evil.example/keys\"}",
            "{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/cert\"}",
            "{\"alg\":\"HS256\",\"x5c\":[\"AA\"]}",
            "{\"alg\":\"HS256\",\"zip\":\"DEF\"}",
            "{\"alg\":\"HS256\",\"cty\":\"JWT\"}",
            "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
            "{\"alg\":\"HS256\",\"b64\":false}",
            "[\"HS256\"]",
            "not json")) {
      String signed = base64(header) + "." + payload;
      attacks.put("right key, header " + header, signed + "." + hmac(NODE_TOKEN, signed));
      attacks.put("no signature, header " + header, signed + ".");
      attacks.put("empty key, header " + header, signed + "." + hmac("\0", signed));
    }
    String good = issuer.sign(Kind.WEBSOCKET.claims(BOOT));
    String[] parts = good.split("\\.");
    String signed = parts[0] + "." + parts[1];
    var pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    Signature rsa = Signature.getInstance("SHA256withRSA");
    rsa.initSign(pair.getPrivate());
    rsa.update(signed.getBytes(StandardCharsets.US_ASCII));
    attacks.put(
        "RSA", signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(rsa.sign()));
    attacks.put("other node's key", signed + "." + hmac("another node's token", signed));
    attacks.put("cut signature", good.substring(0, good.length() - 2));
    attacks.put("padded", good + "=");
    attacks.put("four parts", good + "." + parts[2]);
    attacks.put("two parts", signed);
    attacks.put("swapped payload", parts[0] + "." + base64("{}") + "." + parts[2]);
    attacks.put("empty", "");
    attacks.put("dots", "..");
    attacks.put("blank", " " + good);
    attacks.put("nested", issuer.sign(JsonNodeFactory.instance.objectNode().put("jwt", good)));

    assertThat(outcome(verifier.websocket(good))).isEqualTo("accepted");
    attacks.forEach((name, token) ->
        assertThat(outcome(verifier.websocket(token))).as(name).isEqualTo("invalid token"));
  }

  @Test
  @Proves({"TK-01", "JV-03"})
  void signedBombsAndOverlongTokensAreRefused() {
    String nested = "{\"a\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}";
    String deep = "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}";
    String number = "{\"exp\":" + "9".repeat(5000) + "}";
    ObjectNode twice = Kind.WEBSOCKET.claims(BOOT);
    String repeated = twice.toString().replaceFirst("\\{", "{\"exp\":1,");
    for (String payload : List.of(nested, deep, number, repeated)) {
      String signed = base64("{\"alg\":\"HS256\"}") + "." + base64(payload);
      assertThat(outcome(verifier.websocket(signed + "." + hmac(NODE_TOKEN, signed))))
          .isEqualTo("invalid token");
    }
    ObjectNode big = Kind.WEBSOCKET.claims(BOOT).put("user_name", "x".repeat(64 << 10));
    assertThat(verify(Kind.WEBSOCKET, big)).isEqualTo("invalid token");
  }

  @Test
  @Proves("TK-01")
  void randomlyDamagedTokensAreRefusedWithoutAnyOtherException() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String good = issuer.sign(Kind.WEBSOCKET.claims(BOOT));
    for (int i = 0; i < 20_000; i++) {
      StringBuilder damaged = new StringBuilder(good);
      int changes = 1 + random.nextInt(4);
      for (int c = 0; c < changes; c++) {
        int at = random.nextInt(damaged.length() - 2); // the last character has unused bits
        switch (random.nextInt(3)) {
          case 0 -> damaged.setCharAt(at, (char) (1 + random.nextInt(0x2ff)));
          case 1 -> damaged.deleteCharAt(at);
          default -> damaged.insert(at, (char) ('!' + random.nextInt(90)));
        }
      }
      if (damaged.toString().equals(good)) {
        continue;
      }
      assertThat(outcome(verifier.websocket(damaged.toString())))
          .as("seed %d, %s", seed, damaged)
          .isEqualTo("invalid token");
    }
  }

  @Test
  void differentSpellingsOfHeaderFieldsDoNotMatter() {
    String signed =
        base64("{\"typ\":\"at+jwt\",\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\",\"jti\":\"x\"}")
            + "."
            + base64(Kind.WEBSOCKET.claims(BOOT).toString());

    assertThat(outcome(verifier.websocket(signed + "." + hmac(NODE_TOKEN, signed))))
        .isEqualTo("accepted");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @Proves("TK-05")
  void revocationReachesEveryKindAndSurvivesARestart(Kind kind) {
    time.advance(Duration.ofSeconds(100));
    long denied = BOOT + 100;
    denyList.deny(USER.toString());
    time.advance(Duration.ofSeconds(5));

    assertThat(verify(kind, kind.claims(denied - 1))).contains("denied");
    assertThat(verify(kind, kind.claims(denied))).contains("denied");
    assertThat(verify(kind, kind.claims(denied + 1))).isEqualTo("accepted");

    TokenClock restarted = new TokenClock(time, time::nanos);
    TokenVerifier afterRestart =
        new TokenVerifier(NODE_TOKEN, restarted, new DenyList(restarted), TokenRules.STANDARD);
    Function<Long, String> again =
        issued -> outcome(kind.endpoint.verify(afterRestart, issuer.sign(kind.claims(issued))));
    assertThat(again.apply(denied - 1)).contains("issued at");
    assertThat(again.apply(denied)).contains("issued at");
    assertThat(again.apply(denied + 1)).as("older than the restart").contains("issued at");
    assertThat(again.apply(BOOT + 105)).isEqualTo("accepted");
  }

  @Test
  @Proves("TK-05")
  void aVerifiedTokenStopsHoldingWhenItIsDeniedOrExpires() {
    Token.Websocket token = verifier.websocket(issuer.sign(Kind.WEBSOCKET.claims(BOOT))).orThrow();
    assertThat(verifier.recheck(token)).isEmpty();

    time.advance(Duration.ofSeconds(600));
    assertThat(verifier.recheck(token)).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(verifier.recheck(token)).contains(TokenRefusal.EXPIRED);

    time.step(Duration.ofSeconds(-100));
    denyList.deny(USER.toString());
    assertThat(verifier.recheck(token)).contains(TokenRefusal.DENIED);
  }

  @Test
  @Proves("CK-02")
  void theLeewayForBothEndsIsConfigurable() {
    TokenVerifier lenient =
        new TokenVerifier(
            NODE_TOKEN,
            clock,
            denyList,
            TokenRules.STANDARD.withLeeway(Duration.ofSeconds(10), Duration.ofSeconds(3)));
    ObjectNode claims = Kind.UPLOAD.claims(BOOT);

    assertThat(outcome(lenient.upload(issuer.sign(claims.put("iat", BOOT + 10)))))
        .isEqualTo("accepted");
    assertThat(outcome(lenient.upload(issuer.sign(claims.put("iat", BOOT + 11)))))
        .contains("issued at");
    claims.put("iat", BOOT);
    assertThat(outcome(lenient.upload(issuer.sign(claims.put("exp", BOOT - 3)))))
        .isEqualTo("accepted");
    assertThat(outcome(lenient.upload(issuer.sign(claims.put("exp", BOOT - 4)))))
        .contains("expired");
  }

  @Test
  @Proves("CK-02")
  void measuredSkewMakesEveryRuleHoldInThePanelsTime() {
    for (int skew = -600; skew <= 600; skew += 50) {
      ManualClock node = ManualClock.atSecond(BOOT);
      TokenClock judged = new TokenClock(node, node::nanos);
      DenyList denied = new DenyList(judged);
      TokenVerifier skewed = new TokenVerifier(NODE_TOKEN, judged, denied, TokenRules.STANDARD);
      node.advance(Duration.ofSeconds(30));
      judged.observePanel(Instant.ofEpochSecond(BOOT + 30 + skew));
      node.advance(Duration.ofSeconds(30));
      long panelNow = BOOT + 60 + skew;
      Function<Long, String> issuedAt =
          second -> outcome(skewed.upload(issuer.sign(Kind.UPLOAD.claims(second))));

      assertThat(judged.skew()).isEqualTo(Duration.ofSeconds(skew));
      assertThat(issuedAt.apply(panelNow)).as("now, skew %d", skew).isEqualTo("accepted");
      assertThat(issuedAt.apply(panelNow + 5)).isEqualTo("accepted");
      assertThat(issuedAt.apply(panelNow + 6)).contains("issued at");
      assertThat(issuedAt.apply(panelNow - 60)).as("at the start").isEqualTo("accepted");
      assertThat(issuedAt.apply(panelNow - 61)).as("before it").contains("issued at");
      denied.deny(USER.toString());
      assertThat(issuedAt.apply(panelNow)).contains("denied");
      assertThat(issuedAt.apply(panelNow + 1)).isEqualTo("accepted");
      ObjectNode expiring = Kind.UPLOAD.claims(panelNow + 1);
      assertThat(outcome(skewed.upload(issuer.sign(expiring.put("exp", panelNow)))))
          .isEqualTo("accepted");
      assertThat(outcome(skewed.upload(issuer.sign(expiring.put("exp", panelNow - 1)))))
          .contains("expired");
    }
  }

  @Test
  @Proves("CK-02")
  void aClockThatStartsIn1970AndIsCorrectedLaterKeepsOldTokensOut() {
    ManualClock node = ManualClock.atSecond(0);
    TokenClock judged = new TokenClock(node, node::nanos);
    TokenVerifier verifier1970 =
        new TokenVerifier(NODE_TOKEN, judged, new DenyList(judged), TokenRules.STANDARD);
    node.advance(Duration.ofSeconds(10));
    node.step(Duration.ofSeconds(BOOT));

    assertThat(judged.startSecond()).isEqualTo(BOOT);
    assertThat(outcome(verifier1970.upload(issuer.sign(Kind.UPLOAD.claims(BOOT - 1)))))
        .contains("issued at");
    assertThat(outcome(verifier1970.upload(issuer.sign(Kind.UPLOAD.claims(BOOT)))))
        .isEqualTo("accepted");
  }

  @Test
  @Proves("CK-02")
  void aWallClockThatStepsBackDoesNotLetOlderTokensIn() {
    time.advance(Duration.ofSeconds(100));
    time.step(Duration.ofHours(-1));

    assertThat(verify(Kind.UPLOAD, Kind.UPLOAD.claims(BOOT - 3000))).contains("issued at");

    clock.observePanel(Instant.ofEpochSecond(BOOT + 100));
    assertThat(verify(Kind.UPLOAD, Kind.UPLOAD.claims(BOOT - 1))).contains("issued at");
    assertThat(verify(Kind.UPLOAD, Kind.UPLOAD.claims(BOOT + 100))).isEqualTo("accepted");
    time.step(Duration.ofDays(365));
    assertThat(verify(Kind.UPLOAD, Kind.UPLOAD.claims(BOOT + 100))).isEqualTo("accepted");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hmac(String key, String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
