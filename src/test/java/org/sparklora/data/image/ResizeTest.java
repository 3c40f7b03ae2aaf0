package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResizeTest {
  static Stream<JsonNode> pillow() {
    return ImageFixtures.cases("resize");
  }

  @ParameterizedTest
  @MethodSource("pillow")
  void givesTheBytesOfPillow(JsonNode testCase) throws Exception {
    Pixels resized =
        new Resize(ImageFixtures.interpolation(testCase))
            .to(
                testCase.get("width").asInt(),
                testCase.get("height").asInt(),
                ImageFixtures.pixels(testCase.get("image").asText()));
    assertThat(ImageFixtures.sha256(resized.rgb())).isEqualTo(testCase.get("sha256").asText());
  }
}
