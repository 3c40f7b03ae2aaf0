package org.sparklora.data.image;

import java.io.Serializable;
import org.sparklora.tensor.KeyedRandom;

/**
 * Resize and crop before training. To a square as torchvision does: the shorter side is brought to
 * the resolution. To a bucket as kohya's sd-scripts do: the picture is brought to the smallest size
 * that covers the bucket. What is too much is cut off around the centre or at a random place.
 *
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param buckets {@code --enable_bucket}; none for squares
 * @param centerCrop {@code --center_crop}; else the place is drawn from (seed, sample)
 * @param interpolation {@code --image_interpolation_mode}
 * @param seed {@code --seed}
 */
public record TrainingTransform(
    int resolution,
    AspectRatioBuckets buckets,
    boolean centerCrop,
    ImageInterpolation interpolation,
    long seed)
    implements Serializable {
  /**
   * What a sample is trained on.
   *
   * @param sampleId decides where a random crop falls
   */
  public Pixels apply(Pixels image, long sampleId) {
    Size wanted = new Size(resolution, resolution);
    Size covering = shorterSideToResolution(image);
    if (buckets.enabled()) {
      Size stored = new Size(image.width(), image.height());
      wanted = buckets.of(stored);
      covering = covering(stored, wanted);
    }
    Pixels resized = new Resize(interpolation).to(covering.width(), covering.height(), image);
    int spareWidth = resized.width() - wanted.width();
    int spareHeight = resized.height() - wanted.height();
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
    return resized.crop(left, top, wanted.width(), wanted.height());
  }

  private Size shorterSideToResolution(Pixels image) {
    int width = image.width();
    int height = image.height();
    return width <= height
        ? new Size(resolution, longerSide(width, height))
        : new Size(longerSide(height, width), resolution);
  }

  private int longerSide(int shorter, int longer) {
    return Math.toIntExact((long) resolution * longer / shorter);
  }

  private static Size covering(Size picture, Size bucket) {
    double scale =
        picture.aspectRatio() > bucket.aspectRatio()
            ? (double) bucket.height() / picture.height()
            : (double) bucket.width() / picture.width();
    return new Size((int) (picture.width() * scale + 0.5), (int) (picture.height() * scale + 0.5));
  }

  /** Half, to the even neighbour as Python rounds. */
  private static int half(int spare) {
    return (int) Math.rint(spare / 2.0);
  }
}
