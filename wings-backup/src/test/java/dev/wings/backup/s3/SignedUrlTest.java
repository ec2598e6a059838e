package dev.wings.backup.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SignedUrlTest {
  private static final String HOST = "examplebucket.s3.amazonaws.com";
  private static final Instant TIME = Instant.parse("2013-05-24T00:00:00Z");

  /// The example of the documentation of S3, "Authenticating Requests: Using Query Parameters".
  @Test
  void signsAsS3Does() {
    assertThat(SignedUrl.of("GET", HOST, "/test.txt", Map.of(), TIME, Duration.ofDays(1)))
        .endsWith(
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  }
}
