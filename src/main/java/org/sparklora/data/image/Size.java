package org.sparklora.data.image;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Width and height of a picture, in pixels.
 *
 * @param width in pixels
 * @param height in pixels
 */
public record Size(int width, int height) implements Serializable, Comparable<Size> {
  /** The number of pixels. */
  public long pixels() {
    return (long) width * height;
  }

  double aspectRatio() {
    return (double) width / height;
  }

  @Override
  public int compareTo(Size other) {
    return Comparator.comparingInt(Size::width).thenComparingInt(Size::height).compare(this, other);
  }

  @Override
  public String toString() {
    return width + " x " + height;
  }
}
