package org.sparklora.data.image;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.flag.Flag;
import org.sparklora.flag.WholeNumber;

/**
 * Whether pictures keep their shapes, and the sides of their buckets.
 *
 * @param least shortest side
 * @param most longest side
 * @param step sides are multiples of it
 * @param noUpscale whether no picture is enlarged
 */
public record BucketConfig(
    @Flag(
            names = "--enable_bucket",
            help =
                "Keep the shapes of pictures: resize each to the rectangle of the nearest aspect"
                    + " ratio, of at most the square's area, instead of to the square.")
        boolean enabled,
    @Flag(
            names = "--min_bucket_reso",
            label = "PIXELS",
            help = "Shortest side of a bucket in pixels (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 8, max = MOST_PIXELS)
        int least,
    @Flag(
            names = "--max_bucket_reso",
            label = "PIXELS",
            help = "Longest side of a bucket in pixels (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 8, max = MOST_PIXELS)
        int most,
    @Flag(
            names = "--bucket_reso_steps",
            label = "PIXELS",
            help = "Sides of buckets are multiples of this (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 8, max = MOST_PIXELS)
        int step,
    @Flag(
            names = "--bucket_no_upscale",
            help =
                "Enlarge no picture: each keeps its size, or is made smaller to the square's area,"
                    + " and is cropped to multiples of --bucket_reso_steps. The shortest and the"
                    + " longest side of a bucket then do not matter.")
        boolean noUpscale)
    implements Serializable {
  /** The largest side; an array cannot hold the values of a larger square. */
  public static final int MOST_PIXELS = 16384;

  /** Squares; with kohya's sides if they are enabled. */
  public static final BucketConfig NONE = new BucketConfig(false, 256, 1024, 64, false);

  /** Whether at most {@link #enabled} differs from what is usual. */
  public boolean hasUsualSides() {
    return new BucketConfig(false, least, most, step, noUpscale).equals(NONE);
  }

  /**
   * Says which limits do not fit a square, as errors.
   *
   * @param prefix of the names of flags
   * @param resolution side of the square
   * @param origin what is said after it, such as " by default"
   */
  public List<String> misfits(String prefix, int resolution, String origin) {
    List<String> misfits = new ArrayList<>();
    String square = "--resolution, " + resolution + origin;
    if (enabled && noUpscale && step > resolution) {
      misfits.add(
          "Invalid " + prefix + "bucket_reso_steps: " + step + "; it must be at most " + square);
    }
    if (enabled && !noUpscale && least > resolution) {
      misfits.add(
          "Invalid " + prefix + "min_bucket_reso: " + least + "; it must be at most " + square);
    }
    if (enabled && !noUpscale && most < resolution) {
      misfits.add(
          "Invalid " + prefix + "max_bucket_reso: " + most + "; it must be at least " + square);
    }
    return misfits;
  }

  /** The buckets of a square's area. */
  public AspectRatioBuckets of(int resolution) {
    if (!enabled) {
      return AspectRatioBuckets.NONE;
    }
    return noUpscale
        ? AspectRatioBuckets.withoutEnlarging(resolution, step)
        : AspectRatioBuckets.of(resolution, least, most, step);
  }
}
