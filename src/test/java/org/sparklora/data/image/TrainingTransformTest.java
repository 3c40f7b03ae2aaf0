package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource({
    "1, 20000, '1 x 20000 becomes 512 x 10240000 to cover 512 x 512, more than 134217728 pixels'",
    "60000, 1, '60000 x 1 becomes 30720000 x 512 to cover 512 x 512'",
    "1, 134217728, '1 x 134217728 becomes 512 x 68719476736 to cover 512 x 512'",
  })
  void refusesAPictureThatBecomesTooLarge(int width, int height, String message) {
    TrainingTransform squares =
        new TrainingTransform(512, AspectRatioBuckets.NONE, true, ImageInterpolation.BILINEAR, 0);
    assertThatThrownBy(() -> squares.of(0).bytes(new Size(width, height)))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith("Cannot use image: " + message);
    TrainingTransform rectangles =
        new TrainingTransform(
            512, AspectRatioBuckets.of(512, 256, 1024, 64), true, ImageInterpolation.BILINEAR, 0);
    assertThatThrownBy(() -> rectangles.of(0).bytes(new Size(width, height)))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageContaining("more than 134217728 pixels; it is too long and narrow");
  }

  @Test
  void saysHowMuchMemoryItTakesInNumbersThatDoNotOverflow() throws Exception {
    TrainingTransform squares =
        new TrainingTransform(512, AspectRatioBuckets.NONE, true, ImageInterpolation.LANCZOS, 0);
    // 512 x 130000 stays as it is and is cut; 300 x 130000 becomes 512 x 221866.
    assertThat(squares.of(0).bytes(new Size(512, 130_000))).isBetween(3_900_000L, 4_000_000L);
    assertThat(squares.of(0).bytes(new Size(300, 130_000))).isBetween(540_000_000L, 560_000_000L);
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
