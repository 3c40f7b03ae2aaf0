package org.sparklora.data.image;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The sizes of aspect-ratio buckets. A picture is resized to the size of the nearest aspect ratio.
 * Sizes are rectangles of at most the area of the training square, made and chosen as in kohya's
 * sd-scripts.
 *
 * @param sizes in ascending order; empty if every picture becomes the square
 * @param ownSteps {@code --bucket_no_upscale}: no picture is enlarged, and sides are multiples of
 *     this, see {@link OwnSizes}; 0 if pictures get one of the sizes
 */
public record AspectRatioBuckets(List<Size> sizes, int ownSteps) implements Serializable {
  /** Every picture becomes the square. */
  public static final AspectRatioBuckets NONE = new AspectRatioBuckets(List.of(), 0);

  public AspectRatioBuckets {
    sizes = List.copyOf(sizes);
  }

  /**
   * The buckets of an area.
   *
   * @param resolution {@code --resolution}, side of the square
   * @param least {@code --min_bucket_reso}, of a side
   * @param most {@code --max_bucket_reso}, of a side
   * @param step {@code --bucket_reso_steps}; sides are multiples of it
   */
  public static AspectRatioBuckets of(int resolution, int least, int most, int step) {
    long area = (long) resolution * resolution;
    TreeSet<Size> sizes = new TreeSet<>();
    sizes.add(new Size(resolution / step * step, resolution / step * step));
    for (int width = least; width <= most; width += step) {
      int height = (int) Math.min(most, area / width / step * step);
      if (height >= least) {
        sizes.add(new Size(width, height));
        sizes.add(new Size(height, width));
      }
    }
    return new AspectRatioBuckets(new ArrayList<>(sizes), 0);
  }

  /** Pictures of at most the square's area, none of which is enlarged. */
  static AspectRatioBuckets withoutEnlarging(int resolution, int step) {
    return new AspectRatioBuckets(List.of(new Size(resolution, resolution)), step);
  }

  /** Whether there are buckets, so that pictures nearly keep their shape. */
  public boolean enabled() {
    return !sizes.isEmpty();
  }

  /**
   * The bucket of a picture: its own size if that is a bucket, otherwise the first of the nearest
   * aspect ratio.
   */
  public Size of(Size picture) {
    if (sizes.contains(picture)) {
      return picture;
    }
    Size nearest = sizes.get(0);
    for (Size size : sizes) {
      if (distance(size, picture) < distance(nearest, picture)) {
        nearest = size;
      }
    }
    return nearest;
  }

  private static double distance(Size bucket, Size picture) {
    return Math.abs(bucket.aspectRatio() - picture.aspectRatio());
  }
}
