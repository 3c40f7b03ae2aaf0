package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ImageGridTest {
  private static final List<String> COLUMNS = List.of("base", "adapted");

  @Test
  void placesEveryPictureInItsRowAndColumn() throws IOException {
    ImageGrid grid =
        new ImageGrid(
            COLUMNS,
            List.of("a red heart", "a blue book with a very long name that needs lines"),
            List.of(
                List.of(picture(Color.RED), picture(Color.GREEN)),
                List.of(picture(Color.BLUE), picture(Color.ORANGE))));
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    grid.writePng(png);

    BufferedImage read = ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
    assertThat(read.getWidth()).isEqualTo(160 + 2 * 72 + 8);
    assertThat(read.getHeight()).isEqualTo(20 + 2 * 72 + 8);
    assertThat(colour(read, 200, 60)).isEqualTo(Color.RED);
    assertThat(colour(read, 272, 60)).isEqualTo(Color.GREEN);
    assertThat(colour(read, 200, 132)).isEqualTo(Color.BLUE);
    assertThat(colour(read, 272, 132)).isEqualTo(Color.ORANGE);
    assertThat(colour(read, read.getWidth() - 1, read.getHeight() - 1)).isEqualTo(Color.WHITE);
  }

  @Test
  void refusesARaggedGrid() {
    assertThatThrownBy(
            () -> new ImageGrid(COLUMNS, List.of("one"), List.of(List.of(picture(Color.RED)))))
        .hasMessageContaining("do not fill 1 rows of 2");
  }

  private static BufferedImage picture(Color color) {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        image.setRGB(x, y, color.getRGB());
      }
    }
    return image;
  }

  private static Color colour(BufferedImage image, int x, int y) {
    return new Color(image.getRGB(x, y));
  }
}
