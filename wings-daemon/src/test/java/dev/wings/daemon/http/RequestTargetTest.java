package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
  @Test
  void repeatedSlashesCollapse() {
    assertThat(RequestTarget.parse("//api///system").segments()).containsExactly("api", "system");
    assertThat(RequestTarget.parse("/base//download/file").segments())
        .containsExactly("base", "download", "file");
  }

  @Test
  void aTrailingSlashIsAnotherPath() {
    assertThat(RequestTarget.parse("/api/system/").segments()).containsExactly("api", "system", "");
  }

  @Test
  void segmentsAreDecodedOnceAndAfterSplitting() {
    assertThat(RequestTarget.parse("/logs/a%2Fb/%25%32%35").segments())
        .containsExactly("logs", "a/b", "%25");
    assertThat(RequestTarget.parse("/%C3%A9+").segments()).containsExactly("é+");
    assertThat(RequestTarget.parse("/%41").segments()).containsExactly("A");
  }

  @Test
  void theAbsoluteFormIsAccepted() {
    RequestTarget target = RequestTarget.parse("http://node:8080/api/system?x=1");

    assertThat(target.path()).isEqualTo("/api/system");
    assertThat(target.query("x")).containsExactly("1");
  }

  @Test
  void repeatedParametersKeepTheirOrder() {
    RequestTarget target = RequestTarget.parse("/p?files=a%2Fb&x=1+2&files=c&empty");

    assertThat(target.query("files")).containsExactly("a/b", "c");
    assertThat(target.query("x")).containsExactly("1 2");
    assertThat(target.query("empty")).isEqualTo(List.of(""));
    assertThat(target.query("absent")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"api", "http://host", "/%", "/%4", "/%zz", "/%00", "/%ff", "*", "//%c0%af"})
  void whatIsNoPathIsRefused(String target) {
    assertThatThrownBy(() -> RequestTarget.parse(target))
        .isInstanceOfSatisfying(
            ApiException.class, refusal -> assertThat(refusal.status()).isEqualTo(400));
  }

  @Test
  void malformedQueriesAreRefusedWhenTheyAreRead() {
    RequestTarget target = RequestTarget.parse("/p?a=%zz");

    assertThatThrownBy(() -> target.query("a"))
        .isInstanceOf(ApiException.class)
        .hasMessage("invalid query string");
  }

  @Test
  void idsAreReadStrictly() {
    assertThat(ServerIds.parse("345fbfe4-0d11-4819-a29a-249de12308f8")).isNotNull();
    assertThat(ServerIds.parse("345FBFE4-0D11-4819-A29A-249DE12308F8")).isNotNull();
    for (String bad :
        List.of(
            "1-1-1-1-1",
            "345fbfe40d114819a29a249de12308f8",
            "345fbfe4-0d11-4819-a29a-249de12308f",
            "345fbfe4-0d11-4819-a29a-249de12308fg",
            "345fbfe4x0d11-4819-a29a-249de12308f8")) {
      assertThat(ServerIds.parse(bad)).as(bad).isNull();
    }
  }
}
