package org.sparklora.data.image;

import java.util.Locale;

/**
 * The sizes of pictures that are never enlarged, by the rule of kohya's {@code bucket_no_upscale}.
 * A picture of more than the area is made smaller, to the area. What is then beyond a multiple of
 * the step is cropped. There is no list of sizes: pictures of one result are of one bucket.
 *
 * @param area of the training square in pixels
 * @param step sides are multiples of it
 */
record OwnSizes(long area, int step) {
  /**
   * The size to which a picture is resized before it is cropped. A picture that is made smaller has
   * one side that is a multiple of the step, namely that one with which the crop keeps its shape
   * better.
   */
  Size resized(Size picture) {
    if (picture.pixels() <= area) {
      return picture;
    }
    double ratio = picture.aspectRatio();
    double width = Math.sqrt(area * ratio);
    double height = area / width;
    Size byWidth = new Size(whole(width), rounded(whole(width) / ratio));
    Size byHeight = new Size(rounded(whole(height) * ratio), whole(height));
    return distance(byWidth, ratio) < distance(byHeight, ratio) ? byWidth : byHeight;
  }

  /** The size after the crop. */
  Size cropped(Size picture) {
    return rest(resized(picture));
  }

  /**
   * Requires that the crop leaves something of a picture.
   *
   * @throws UndecodableImageException when it does not
   */
  void require(Size picture) throws UndecodableImageException {
    Size left = cropped(picture);
    if (left.width() == 0 || left.height() == 0) {
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT,
              "Cannot use image: %s without enlarging it, a side would be less than"
                  + " --bucket_reso_steps, %d; leave it out",
              picture,
              step));
    }
  }

  private Size rest(Size size) {
    return new Size(size.width() / step * step, size.height() / step * step);
  }

  private double distance(Size resized, double ratio) {
    return Math.abs(rest(resized).aspectRatio() - ratio);
  }

  private int whole(double side) {
    return rounded(side) / step * step;
  }

  private static int rounded(double side) {
    return (int) (side + 0.5);
  }
}
