package org.sparklora.data.image;

import java.io.Serializable;
import org.sparklora.tensor.KeyedRandom;

/**
 * Resize and crop as torchvision does before training: the shorter side is brought to the
 * resolution, then a square is cut from the centre or from a random place.
 *
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param centerCrop {@code --center_crop}; else the place is drawn from (seed, sample)
 * @param interpolation {@code --image_interpolation_mode}
 * @param seed {@code --seed}
 */
public record TrainingTransform(
    int resolution, boolean centerCrop, ImageInterpolation interpolation, long seed)
    implements Serializable {
  /**
   * The square of a sample.
   *
   * @param sampleId decides where a random crop falls
   */
  public Pixels apply(Pixels image, long sampleId) {
    Pixels resized = shorterSideToResolution(image);
    int spareWidth = resized.width() - resolution;
    int spareHeight = resized.height() - resolution;
    int top;
    int left;
    if (centerCrop) {
      top = half(spareHeight);
      left = half(spareWidth);
    } else {
      KeyedRandom random = KeyedRandom.of(seed, KeyedRandom.Purpose.CROP, 0, sampleId);
      top = (int) random.below(spareHeight + 1);
      left = (int) random.below(spareWidth + 1);
    }
    return resized.crop(left, top, resolution, resolution);
  }

  private Pixels shorterSideToResolution(Pixels image) {
    int width = image.width();
    int height = image.height();
    Resize resize = new Resize(interpolation);
    return width <= height
        ? resize.to(resolution, longerSide(width, height), image)
        : resize.to(longerSide(height, width), resolution, image);
  }

  private int longerSide(int shorter, int longer) {
    return Math.toIntExact((long) resolution * longer / shorter);
  }

  /** Half, to the even neighbour as Python rounds. */
  private static int half(int spare) {
    return (int) Math.rint(spare / 2.0);
  }
}
