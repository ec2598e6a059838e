package dev.wings.docker.internal.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

@Proves("CT-01")
class SeccompProfileTest {
  private static JsonNode profile(String... removed) throws IOException {
    return Json.mapper().readTree(SeccompProfile.bundled().without(List.of(removed)));
  }

  private static long rulesWith(JsonNode profile, String call, String action) {
    return StreamSupport.stream(profile.path("syscalls").spliterator(), false)
        .filter(rule -> rule.path("action").asText().equals(action))
        .filter(rule ->
            StreamSupport.stream(rule.path("names").spliterator(), false)
                .anyMatch(n -> n.asText().equals(call)))
        .count();
  }

  @Test
  void deniesWhatNoRuleAllows() throws IOException {
    JsonNode profile = profile();

    assertThat(profile.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(profile.path("defaultErrnoRet").asInt()).isEqualTo(38);
    assertThat(profile.path("syscalls")).hasSize(40);
    assertThat(profile.path("archMap")).hasSize(7);
    assertThat(rulesWith(profile, "kexec_load", "SCMP_ACT_ALLOW")).isZero();
    assertThat(rulesWith(profile, "read", "SCMP_ACT_ALLOW")).isEqualTo(1);
    JsonNode bpf = profile.path("syscalls").get(36);
    assertThat(bpf.path("excludes").path("caps")).hasSize(2);
    assertThat(bpf.path("errnoRet").asInt()).isEqualTo(1);
  }

  @Test
  void removingTakesTheNameOutOfAllowingRulesOnly() throws IOException {
    JsonNode profile = profile("personality", "bpf", "no_such_call");

    assertThat(profile.path("syscalls")).hasSize(40);
    assertThat(profile.path("syscalls").get(2).path("names")).isEmpty();
    assertThat(rulesWith(profile, "personality", "SCMP_ACT_ALLOW")).isZero();
    assertThat(rulesWith(profile, "bpf", "SCMP_ACT_ALLOW")).isZero();
    assertThat(rulesWith(profile, "bpf", "SCMP_ACT_ERRNO")).isEqualTo(1);
    assertThat(rulesWith(profile(), "personality", "SCMP_ACT_ALLOW")).isEqualTo(5); // untouched
  }
}
