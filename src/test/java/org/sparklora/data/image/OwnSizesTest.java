package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnSizesTest {
  private final TrainingTransform transform =
      new TrainingTransform(
          512,
          new BucketConfig(true, 256, 1024, 64, true).of(512),
          true,
          ImageInterpolation.LANCZOS,
          0);

  /** By hand: a picture of 16:9 and of the square's area is 682.67 x 384. */
  @ParameterizedTest
  @CsvSource({
    "300, 200, 300, 200, 256, 192", // smaller than the area: as it is
    "512, 512, 512, 512, 512, 512",
    "1000, 100, 1000, 100, 960, 64",
    "2000, 2000, 512, 512, 512, 512",
    "1920, 1080, 683, 384, 640, 384", // 640 x 320 would be 2:1
    "1080, 1920, 384, 683, 384, 640",
    "3000, 2000, 576, 384, 576, 384", // of 627.07 x 418.05 by either side
  })
  void picturesAreMadeSmallerToTheAreaAndCutToSteps(
      int width, int height, int toWidth, int toHeight, int cutWidth, int cutHeight) {
    OwnSizes sizes = new OwnSizes(512 * 512, 64);
    Size picture = new Size(width, height);
    assertThat(sizes.resized(picture)).isEqualTo(new Size(toWidth, toHeight));
    assertThat(sizes.cropped(picture)).isEqualTo(new Size(cutWidth, cutHeight));
  }

  @Test
  void noPictureIsEnlargedOrLargerThanTheArea() {
    OwnSizes sizes = new OwnSizes(512 * 512, 64);
    for (int width = 64; width < 2000; width += 97) {
      for (int height = 64; height < 2000; height += 89) {
        Size picture = new Size(width, height);
        Size resized = sizes.resized(picture);
        Size cropped = sizes.cropped(picture);
        assertThat(resized.width()).isBetween(cropped.width(), width);
        assertThat(resized.height()).isBetween(cropped.height(), height);
        assertThat(cropped.pixels()).isLessThanOrEqualTo(512 * 512);
      }
    }
  }

  @Test
  void aSmallPictureKeepsItsPixels() {
    Pixels picture = new Pixels(130, 64, new byte[130 * 64 * 3]);
    picture.rgb()[3] = 7; // the second pixel: the crop to 128 begins one to the right
    Pixels cut = transform.apply(picture, 0);
    assertThat(new Size(cut.width(), cut.height())).isEqualTo(new Size(128, 64));
    assertThat(cut.rgb()[0]).isEqualTo((byte) 7);
  }

  @Test
  void aPictureThatIsNarrowerThanAStepIsRefused() {
    assertThatThrownBy(() -> transform.of(0).bytes(new Size(63, 400)))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessage(
            "Cannot use image: 63 x 400 without enlarging it, a side would be less than"
                + " --bucket_reso_steps, 64; leave it out");
    assertThatThrownBy(() -> transform.of(0).bytes(new Size(1, 100_000_000)))
        .isInstanceOf(UndecodableImageException.class);
  }
}
