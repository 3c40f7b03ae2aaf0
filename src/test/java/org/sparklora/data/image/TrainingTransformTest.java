package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingTransformTest {
  static Stream<JsonNode> torchvision() {
    return ImageFixtures.cases("transform");
  }

  @ParameterizedTest
  @MethodSource("torchvision")
  void givesTheTensorOfTorchvision(JsonNode testCase) throws Exception {
    TrainingTransform transform =
        new TrainingTransform(
            testCase.get("resolution").asInt(),
            AspectRatioBuckets.NONE,
            true,
            ImageFixtures.interpolation(testCase),
            0);
    Pixels square = transform.apply(ImageFixtures.pixels(testCase.get("image").asText()), 0);
    assertThat(ImageFixtures.sha256(square.toTensor())).isEqualTo(testCase.get("sha256").asText());
  }

  @Test
  void cutsARandomCropByTheSampleAlone() throws Exception {
    TrainingTransform transform = random(7);
    Pixels image = ImageFixtures.pixels("wide.png");
    assertThat(transform.apply(image, 3).rgb()).isEqualTo(random(7).apply(image, 3).rgb());
  }

  @Test
  void randomCropsReachEveryPlace() throws Exception {
    Pixels image = ImageFixtures.pixels("wide.png");
    Set<String> crops = new HashSet<>();
    for (long sample = 0; sample < 500; sample++) {
      crops.add(ImageFixtures.sha256(random(7).apply(image, sample).rgb()));
    }
    // 53 x 31 becomes 27 x 16: 12 places for a square of 16.
    assertThat(crops).hasSize(12);
  }

  @Test
  void flippingMirrorsTheTensorsRows() {
    Pixels image = new Pixels(2, 1, new byte[] {0, 0, 0, -1, -1, -1});
    assertThat(image.toTensor()).containsExactly(-1, 1, -1, 1, -1, 1);
    assertThat(image.flipped().toTensor()).containsExactly(1, -1, 1, -1, 1, -1);
  }

  private static TrainingTransform random(long seed) {
    return new TrainingTransform(
        16, AspectRatioBuckets.NONE, false, ImageInterpolation.LANCZOS, seed);
  }
}
