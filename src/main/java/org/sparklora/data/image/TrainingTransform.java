package org.sparklora.data.image;

import java.io.Serializable;
import java.util.Locale;
import org.sparklora.tensor.KeyedRandom;

/**
 * Resize and crop before training. For a square, torchvision's rule scales the shorter side to the
 * resolution. For a bucket, the rule of kohya's sd-scripts scales the picture to the smallest size
 * that covers the bucket, or, if no picture is enlarged, leaves it at most as large as it is. The
 * rest is cropped around the centre or at a random place.
 *
 * @param resolution {@code --resolution}, side of the square in pixels
 * @param buckets {@code --enable_bucket}; empty for squares
 * @param centerCrop {@code --center_crop}; otherwise the place is drawn from (seed, sample)
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
  /** The most pixels to which a picture is enlarged; this is also the limit for decoding. */
  private static final long MAX_PIXELS = ImageDecoder.DEFAULT_MAX_PIXELS;

  /**
   * The transform of one sample's decoded picture.
   *
   * @param sampleId decides where a random crop falls
   */
  public PictureUse<Cropped> of(long sampleId) {
    return new PictureUse<>() {
      @Override
      public long bytes(Size picture) throws UndecodableImageException {
        return bytesBeside(picture);
      }

      @Override
      public Cropped make(Pixels picture) {
        return crop(picture, sampleId);
      }
    };
  }

  /**
   * The bytes that resizing and cropping hold beside the picture, including the tensor of the
   * result.
   */
  private long bytesBeside(Size picture) throws UndecodableImageException {
    if (buckets.ownSteps() > 0) {
      ownSizes().require(picture);
    }
    Scaled covering = covering(picture);
    if (covering.width() * covering.height() > MAX_PIXELS) {
      throw new UndecodableImageException(
          String.format(
                  Locale.ROOT,
                  "Cannot use image: %s becomes %d x %d to cover %s, more than %d pixels; it is too"
                      + " long",
                  picture,
                  covering.width(),
                  covering.height(),
                  wanted(picture),
                  MAX_PIXELS)
              + " and narrow: crop it or leave it out");
    }
    Size resized = covering.size();
    return Resize.bytes(picture, resized)
        + wanted(picture).pixels() * Pixels.CHANNELS * (1 + Float.BYTES);
  }

  /**
   * Transforms a sample's picture.
   *
   * @param sampleId decides where a random crop falls
   */
  public Pixels apply(Pixels image, long sampleId) {
    return crop(image, sampleId).pixels();
  }

  /**
   * Returns the part of a picture that a sample is trained on, and its place in the picture.
   *
   * @param sampleId decides where a random crop falls
   */
  Cropped crop(Pixels image, long sampleId) {
    Size stored = new Size(image.width(), image.height());
    Size wanted = wanted(stored);
    Size covering = covering(stored).size();
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
    return new Cropped(
        resized.crop(left, top, wanted.width(), wanted.height()),
        stored,
        top,
        left,
        spareWidth - left);
  }

  /** A size in longs, before the check that a picture may have it. */
  private record Scaled(long width, long height) {
    Size size() {
      return new Size(Math.toIntExact(width), Math.toIntExact(height));
    }
  }

  private Size wanted(Size picture) {
    if (buckets.ownSteps() > 0) {
      return ownSizes().cropped(picture);
    }
    return buckets.enabled() ? buckets.of(picture) : new Size(resolution, resolution);
  }

  private OwnSizes ownSizes() {
    return new OwnSizes((long) resolution * resolution, buckets.ownSteps());
  }

  private Scaled covering(Size picture) {
    if (buckets.ownSteps() > 0) {
      Size size = ownSizes().resized(picture);
      return new Scaled(size.width(), size.height());
    }
    return buckets.enabled()
        ? covering(picture, buckets.of(picture))
        : shorterSideToResolution(picture);
  }

  private Scaled shorterSideToResolution(Size picture) {
    long width = picture.width();
    long height = picture.height();
    return width <= height
        ? new Scaled(resolution, resolution * height / width)
        : new Scaled(resolution * width / height, resolution);
  }

  private static Scaled covering(Size picture, Size bucket) {
    double scale =
        picture.aspectRatio() > bucket.aspectRatio()
            ? (double) bucket.height() / picture.height()
            : (double) bucket.width() / picture.width();
    return new Scaled(
        (long) (picture.width() * scale + 0.5), (long) (picture.height() * scale + 0.5));
  }

  /** Half of a number, rounded to the even neighbour as in Python. */
  private static int half(int spare) {
    return (int) Math.rint(spare / 2.0);
  }
}
