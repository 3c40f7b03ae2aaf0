package org.sparklora.data;

import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.BucketConfig;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.flag.Flag;
import org.sparklora.flag.WholeNumber;

/**
 * How pictures are resized, cropped and mirrored.
 *
 * @param resolution side of the square in pixels
 * @param resolutionIsDefault whether the resolution is the default, which another family of base
 *     models replaces by its own
 * @param shapes {@code --enable_bucket} and its limits
 * @param centerCrop otherwise each picture is cropped at one place drawn at random
 * @param randomFlip mirror every other picture, drawn per epoch
 * @param alphaMask errors are weighed by the picture's alpha channel
 */
public record PictureConfig(
    @Flag(
            names = "--resolution",
            label = "PIXELS",
            help = "Side of the training square in pixels (default: 512, with SDXL 1024).",
            unset = true)
        @WholeNumber(min = 8, max = BucketConfig.MOST_PIXELS)
        int resolution,
    boolean resolutionIsDefault,
    BucketConfig shapes,
    @Flag(names = "--center_crop", help = "Crop at the centre instead of at a random place.")
        boolean centerCrop,
    @Flag(names = "--random_flip", help = "Mirror half of the pictures.") boolean randomFlip,
    @Flag(
            names = "--image_interpolation_mode",
            label = "MODE",
            help =
                "Filter with which pictures are resized (default: lanczos; for dreambooth and"
                    + " pivotal-tuning bilinear, for dreambooth with SDXL lanczos; for"
                    + " textual-inversion bicubic).",
            unset = true)
        ImageInterpolation interpolation,
    @Flag(
            names = {"--alpha_mask", "--masked_loss"},
            help =
                "Weight errors by the pictures' alpha channel, so that nothing is learnt where a"
                    + " picture is transparent.")
        boolean alphaMask) {
  /** Squares of the centre, each the same in every epoch. */
  public static PictureConfig centred(int resolution) {
    return new PictureConfig(
        resolution, false, BucketConfig.NONE, true, false, ImageInterpolation.LANCZOS, false);
  }

  /** Returns the same configuration with another size. */
  public PictureConfig sized(int side, boolean sideIsDefault, BucketConfig otherShapes) {
    return new PictureConfig(
        side, sideIsDefault, otherShapes, centerCrop, randomFlip, interpolation, alphaMask);
  }

  /** The same with or without mirror images and masks. */
  public PictureConfig with(boolean flip, boolean mask) {
    return new PictureConfig(
        resolution, resolutionIsDefault, shapes, centerCrop, flip, interpolation, mask);
  }

  /** The buckets of the square's area; empty for squares. */
  public AspectRatioBuckets buckets() {
    return shapes.of(resolution);
  }

  /** The same with another filter. */
  PictureConfig resizedBy(ImageInterpolation other) {
    return new PictureConfig(
        resolution, resolutionIsDefault, shapes, centerCrop, randomFlip, other, alphaMask);
  }

  TrainingTransform transform(long seed) {
    return new TrainingTransform(resolution, buckets(), centerCrop, interpolation, seed);
  }
}
