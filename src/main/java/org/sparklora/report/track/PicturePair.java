package org.sparklora.report.track;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import org.sparklora.report.event.RunEvent.ValidationPicture;

/**
 * Base and adapted picture side by side.
 *
 * @param png the base model's left, the adapted one's right
 */
record PicturePair(int width, int height, byte[] png) {
  static PicturePair of(ValidationPicture picture) {
    try {
      BufferedImage base = ImageIO.read(new ByteArrayInputStream(picture.base()));
      BufferedImage adapted = ImageIO.read(new ByteArrayInputStream(picture.adapted()));
      BufferedImage both =
          new BufferedImage(
              base.getWidth() + adapted.getWidth(),
              Math.max(base.getHeight(), adapted.getHeight()),
              BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = both.createGraphics();
      graphics.drawImage(base, 0, 0, null);
      graphics.drawImage(adapted, base.getWidth(), 0, null);
      graphics.dispose();
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.write(both, "png", png);
      return new PicturePair(both.getWidth(), both.getHeight(), png.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot put pictures side by side", e);
    }
  }
}
