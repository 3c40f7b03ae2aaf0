package org.sparklora.data.image;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The sizes that pictures are brought to, each to that of the nearest aspect ratio: rectangles of
 * at most the area of the training square, as kohya's sd-scripts make and choose them.
 *
 * @param sizes in ascending order; empty where every picture becomes the square
 */
public record AspectRatioBuckets(List<Size> sizes) implements Serializable {
  /** Every picture becomes the square. */
  public static final AspectRatioBuckets NONE = new AspectRatioBuckets(List.of());

  public AspectRatioBuckets {
    sizes = List.copyOf(sizes);
  }

  /**
   * The buckets of an area.
   *
   * @param resolution {@code --resolution}, side of the square
   * @param least {@code --min_bucket_reso}, of a side
   * @param most {@code --max_bucket_reso}, of a side
   * @param step {@code --bucket_reso_steps}, what sides are multiples of
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
    return new AspectRatioBuckets(new ArrayList<>(sizes));
  }

  /** Whether pictures keep their shape, nearly. */
  public boolean enabled() {
    return !sizes.isEmpty();
  }

  /** The bucket of a picture: its own size, else the first of the nearest aspect ratio. */
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
