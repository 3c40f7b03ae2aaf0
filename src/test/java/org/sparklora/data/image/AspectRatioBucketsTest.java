package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AspectRatioBucketsTest {
  private final AspectRatioBuckets buckets = AspectRatioBuckets.of(512, 256, 1024, 64);

  @Test
  void areThoseOfSdScripts() {
    assertThat(buckets.sizes().toString())
        .isEqualTo(
            "[256 x 832, 256 x 896, 256 x 960, 256 x 1024, 320 x 704, 320 x 768, 384 x 640,"
                + " 448 x 576, 512 x 512, 576 x 448, 640 x 384, 704 x 320, 768 x 320, 832 x 256,"
                + " 896 x 256, 960 x 256, 1024 x 256]");
  }

  @Test
  void takeAPictureToTheNearestShape() {
    assertThat(buckets.of(new Size(640, 384))).isEqualTo(new Size(640, 384));
    assertThat(buckets.of(new Size(1920, 1080))).isEqualTo(new Size(640, 384));
    assertThat(buckets.of(new Size(3, 4))).isEqualTo(new Size(448, 576));
    assertThat(buckets.of(new Size(10, 1000))).isEqualTo(new Size(256, 1024));
  }

  @Test
  void aPictureIsScaledToCoverItsBucketAndCut() {
    TrainingTransform transform =
        new TrainingTransform(512, buckets, true, ImageInterpolation.LANCZOS, 0);
    for (int[] side : new int[][] {{1920, 1080}, {301, 400}, {97, 1013}, {31, 7}, {1, 1}}) {
      Pixels picture = new Pixels(side[0], side[1], new byte[side[0] * side[1] * 3]);
      Pixels cut = transform.apply(picture, 0);
      assertThat(new Size(cut.width(), cut.height()))
          .isEqualTo(buckets.of(new Size(side[0], side[1])));
    }
  }
}
