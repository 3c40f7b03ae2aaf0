package org.sparklora.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void hasTheNodeTheRowsAndTheCountOfPromises() {
    String text =
        Table.text(
            Map.of("card", "NVIDIA L4"),
            List.of(
                Row.promise("bytes", "run again", "same bytes", true),
                Row.promise("bytes", "two workers", "other bytes", false),
                Row.measured("bench", "batch 1", "3 images/s")));
    assertThat(text)
        .isEqualTo(
            """
            card: NVIDIA L4

            | part | what | value | |
            |---|---|---|---|
            | bytes | run again | same bytes | ok |
            | bytes | two workers | other bytes | FAIL |
            | bench | batch 1 | 3 images/s |  |

            Kept: 1, broken: 1
            """);
  }

  @Test
  void pictureNoiseIsInDecibels() {
    BufferedImage black = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    BufferedImage other = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    assertThat(Pictures.psnr(black, other)).isInfinite();
    other.setRGB(0, 0, 0xffffff);
    assertThat(Pictures.psnr(black, other)).isCloseTo(6.02, within(0.01));
  }

  private static org.assertj.core.data.Offset<Double> within(double value) {
    return org.assertj.core.data.Offset.offset(value);
  }
}
