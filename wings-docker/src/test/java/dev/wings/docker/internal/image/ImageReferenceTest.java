package dev.wings.docker.internal.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String DIGEST =
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "alpine, alpine, latest, alpine:latest",
    "alpine:3, alpine, 3, alpine:3",
    "host:5000/img, host:5000/img, latest, host:5000/img:latest",
    "host:5000/a/img:v1.2-x_y, host:5000/a/img, v1.2-x_y, host:5000/a/img:v1.2-x_y",
    "alpine:, alpine, latest, alpine:latest",
    "' alpine ', alpine, latest, alpine:latest",
    "a/b@" + DIGEST + ", a/b, " + DIGEST + ", a/b@" + DIGEST,
    "a/b:tag@" + DIGEST + ", a/b, " + DIGEST + ", a/b@" + DIGEST,
    "h:1/b@" + DIGEST + ", h:1/b, " + DIGEST + ", h:1/b@" + DIGEST,
  })
  void splitsNameAndTag(String image, String name, String tag, String full) {
    ImageReference reference = ImageReference.parse(image);

    assertThat(reference).isEqualTo(new ImageReference(false, name, tag));
    assertThat(reference.full()).isEqualTo(full);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alpine~", "~alpine", "~alpine~~"})
  void knowsLocalImages(String image) {
    assertThat(ImageReference.parse(image)).isEqualTo(new ImageReference(true, "alpine", "latest"));
    assertThat(ImageReference.strip(image)).isEqualTo("alpine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "~",
        "a b",
        "a?x=1",
        "../../etc",
        "a//b",
        "/abs",
        "a%2fb",
        "a\nb",
        "a#b",
        "-x",
        "a:b:c",
        "a:t?x",
        "http://a/b",
      })
  void refusesWhatCouldSteerTheRequest(String image) {
    assertThatThrownBy(() -> ImageReference.parse(image))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }
}
