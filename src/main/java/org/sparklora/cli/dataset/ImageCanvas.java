package org.sparklora.cli.dataset;

import java.util.Locale;
import java.util.Optional;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.PictureUse;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.image.Resize;
import org.sparklora.data.image.Size;
import org.sparklora.data.image.UndecodableImageException;
import org.sparklora.pipeline.request.InitialImage;

/**
 * A picture to start from, at the size to draw.
 *
 * @param width {@code --width}, or else the picture's
 * @param height {@code --height}, or else the picture's
 * @param strength {@code --strength}
 */
record ImageCanvas(Optional<Integer> width, Optional<Integer> height, double strength)
    implements PictureUse<InitialImage> {
  private static final int LATENT_PIXELS = CanvasOptions.LATENT_PIXELS;

  @Override
  public long bytes(Size picture) throws UndecodableImageException {
    Size drawn = drawn(picture);
    if (Math.min(drawn.width(), drawn.height()) < LATENT_PIXELS) {
      throw new UndecodableImageException(
          String.format(Locale.ROOT, "it is %s pixels, at least 8 are needed", picture));
    }
    if (Math.max(drawn.width(), drawn.height()) > CanvasOptions.MOST_PIXELS) {
      throw new UndecodableImageException(
          String.format(
                  Locale.ROOT,
                  "it is %s pixels, at most %d of a side can be drawn; make it smaller, or pass"
                      + " --width and",
                  picture,
                  CanvasOptions.MOST_PIXELS)
              + " --height");
    }
    return Resize.bytes(picture, drawn) + drawn.pixels() * 3 * Float.BYTES;
  }

  @Override
  public InitialImage make(Pixels picture) {
    Size drawn = drawn(new Size(picture.width(), picture.height()));
    Pixels resized =
        new Resize(ImageInterpolation.LANCZOS).to(drawn.width(), drawn.height(), picture);
    return new InitialImage(resized.toTensor(), drawn.height(), drawn.width(), strength);
  }

  private Size drawn(Size picture) {
    return new Size(
        width.orElse(picture.width() / LATENT_PIXELS * LATENT_PIXELS),
        height.orElse(picture.height() / LATENT_PIXELS * LATENT_PIXELS));
  }
}
