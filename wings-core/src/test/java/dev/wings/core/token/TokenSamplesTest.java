package dev.wings.core.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.permission.Permission;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every token that the real Panel signed during the recording, judged at the second of its issue.
@Proves("TK-09")
class TokenSamplesTest {
  private static final JsonNode KEYS = PanelSamples.read("tokens/keys");

  /// Sample, node that must accept it, kind, and what the token must say.
  static Stream<Arguments> samples() {
    return Stream.of(
        Arguments.of("websocket-admin", "node", "websocket", "admin +* +errors +install"),
        Arguments.of("websocket-admin_api_key", "node", "websocket", "admin -* +errors +install"),
        Arguments.of("websocket-owner", "node", "websocket", "owner1 +* -errors +install"),
        Arguments.of("websocket-owner-api-key", "node", "websocket", "owner1 -* -errors +install"),
        Arguments.of("websocket-subuser", "node", "websocket", "sub1 -* -errors +install hides 2"),
        Arguments.of(
            "websocket-subuser-api-key", "node", "websocket", "sub1 -* -errors +install hides 2"),
        Arguments.of("node2-websocket", "second_node", "websocket", "admin -* +errors +install"),
        Arguments.of("download-file", "node", "file", "admin /server.sh"),
        Arguments.of("download-file-subuser", "node", "file", "sub1 /server.sh"),
        Arguments.of("download-directory", "node", "file", "admin /d"),
        Arguments.of("download-directory-zip", "node", "file", "admin /d"),
        Arguments.of("download-directory-subuser", "node", "file", "sub1 /d"),
        Arguments.of("download-directory-zip-subuser", "node", "file", "sub1 /d"),
        Arguments.of("download-files", "node", "file", "admin /d [b.txt, c.txt]"),
        Arguments.of("download-files-subuser", "node", "file", "sub1 /d [b.txt, c.txt]"),
        Arguments.of("download-files-itaf", "node", "file", "admin /d [b.txt, c.txt]"),
        Arguments.of("download-files-itaf-subuser", "node", "file", "sub1 /d [b.txt, c.txt]"),
        Arguments.of("node2-download-file", "second_node", "file", "admin /x.txt"),
        Arguments.of("upload", "node", "upload", "admin"),
        Arguments.of("upload-subuser", "node", "upload", "sub1 hides 2"),
        Arguments.of("node2-upload", "second_node", "upload", "admin"),
        Arguments.of("backup-download-local", "node", "backup", "e419959e"),
        Arguments.of("backup-download-admin-local", "node", "backup", "e419959e"),
        Arguments.of("backup-download-zip-local", "node", "backup", "e419959e"));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void recordedTokenHasThePinnedOutcome(String name, String node, String kind, String expected) {
    JsonNode sample = PanelSamples.read("tokens/" + name);
    String token = sample.path("token").asText();
    long issued = sample.path("claims").path("iat").asLong();

    assertThat(sample.path("hmac_key").asText())
        .isEqualTo(KEYS.path(node).path("node_token").asText());
    assertThat(describe(verifier(node, issued), kind, token)).isEqualTo(expected);
    String other = node.equals("node") ? "second_node" : "node";
    assertThat(describe(verifier(other, issued), kind, token)).isEqualTo("invalid token");
    long expiry = sample.path("claims").path("exp").asLong();
    assertThat(describe(verifier(node, expiry + 1), kind, token))
        .isEqualTo("invalid token: token is expired");
    assertThat(describe(verifier(node, issued + 1), kind, token))
        .as("daemon started after the token was issued")
        .isEqualTo("invalid token: token has invalid issued at time");
  }

  @Test
  void everySampleFileIsPinned() {
    List<String> pinned = new ArrayList<>();
    samples().forEach(arguments -> pinned.add((String) arguments.get()[0]));
    for (String withoutToken :
        List.of("backup-download-s3", "backup-download-admin-s3", "backup-download-zip-s3")) {
      assertThat(PanelSamples.read("tokens/" + withoutToken).has("claims")).isFalse();
      pinned.add(withoutToken);
    }
    pinned.add("keys");
    pinned.add("transfer-and-copy-remote");

    assertThat(sampleNames()).containsExactlyInAnyOrderElementsOf(pinned);
  }

  private static List<String> sampleNames() {
    try (var files =
        java.nio.file.Files.list(
            java.nio.file.Path.of(
                TokenSamplesTest.class.getResource("/panel-1.2.0/tokens").toURI()))) {
      return files.map(file -> file.getFileName().toString().replace(".json", "")).toList();
    } catch (java.io.IOException | java.net.URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void recordedTransferTokensHaveThePinnedOutcome() {
    int transfers = 0;
    int copies = 0;
    for (JsonNode sample : PanelSamples.read("tokens/transfer-and-copy-remote")) {
      String token = sample.path("token").asText().replaceFirst("^Bearer ", "");
      JsonNode claims = sample.path("claims");
      String node = sample.path("hmac_key_of").asText();
      TokenVerifier verifier = verifier(node, claims.path("iat").asLong());
      if (claims.has("destination_path")) {
        Token.RemoteCopy copy = verifier.remoteCopy(token).orThrow();
        assertThat(copy.destination()).hasToString(claims.path("sub").asText());
        assertThat(copy.source()).hasToString(claims.path("server").asText());
        assertThat(copy.root()).isEqualTo(claims.path("root").asText());
        assertThat(copy.destinationPath()).isEqualTo(claims.path("destination_path").asText());
        assertThat(verifier.serverTransfer(token))
            .isEqualTo(new TokenVerdict.Refused<>(TokenRefusal.MALFORMED));
        copies++;
      } else {
        Token.ServerTransfer transfer = verifier.serverTransfer(token).orThrow();
        assertThat(transfer.server()).hasToString(claims.path("sub").asText());
        assertThat(verifier.remoteCopy(token))
            .isEqualTo(new TokenVerdict.Refused<>(TokenRefusal.MALFORMED));
        transfers++;
      }
    }
    assertThat(copies).isPositive();
    assertThat(transfers).isPositive();
  }

  @Test
  void theIssuerSignsWhatThePanelSigns() {
    JsonNode sample = PanelSamples.read("tokens/websocket-owner");
    TokenIssuer issuer = new TokenIssuer(sample.path("hmac_key").asText(), ManualClock.atSecond(0));

    assertThat(issuer.sign((ObjectNode) sample.path("claims")))
        .isEqualTo(sample.path("token").asText());
  }

  private static TokenVerifier verifier(String node, long now) {
    ManualClock time = ManualClock.atSecond(now);
    TokenClock clock = new TokenClock(time, time::nanos);
    return new TokenVerifier(
        KEYS.path(node).path("node_token").asText(),
        clock,
        new DenyList(clock),
        TokenRules.STANDARD);
  }

  private static String describe(TokenVerifier verifier, String kind, String token) {
    return switch (kind) {
      case "websocket" -> show(verifier.websocket(token));
      case "file" -> show(verifier.fileDownload(token));
      case "upload" -> show(verifier.upload(token));
      default -> show(verifier.backupDownload(token));
    };
  }

  private static String show(TokenVerdict<? extends Token> verdict) {
    return switch (verdict) {
      case TokenVerdict.Refused<? extends Token> refused -> refused.reason().message();
      case TokenVerdict.Accepted<? extends Token> accepted ->
          switch (accepted.token()) {
            case Token.Websocket socket ->
                socket.userName()
                    + sign(socket, Permission.ALL, "*")
                    + sign(socket, Permission.ADMIN_WEBSOCKET_ERRORS, "errors")
                    + sign(socket, Permission.ADMIN_WEBSOCKET_INSTALL, "install")
                    + hides(socket.ignoredFiles());
            case Token.FileDownload file ->
                userName(file.user().orElseThrow().toString())
                    + " "
                    + file.filePath()
                    + (file.filePaths() == null ? "" : " " + file.filePaths());
            case Token.Upload upload ->
                userName(upload.user().toString()) + hides(upload.ignoredFiles());
            case Token.BackupDownload backup -> backup.backup().toString().substring(0, 8);
            case Token.ServerTransfer transfer -> transfer.server().toString();
            case Token.RemoteCopy copy -> copy.source().toString();
          };
    };
  }

  private static String sign(Token.Websocket socket, Permission permission, String name) {
    boolean listed = socket.permissions().wireNames().contains(permission.wireName());
    return (listed ? " +" : " -") + name;
  }

  private static String hides(@Nullable List<String> ignoredFiles) {
    return ignoredFiles == null || ignoredFiles.isEmpty() ? "" : " hides " + ignoredFiles.size();
  }

  private static String userName(String uuid) {
    for (var user : KEYS.path("users").properties()) {
      if (user.getValue().asText().equals(uuid)) {
        return user.getKey();
      }
    }
    return "unknown";
  }
}
