package org.sparklora.data.image;

import java.util.Locale;

/**
 * A picture of 8 bits per channel.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb {@code byte[height * width * 3]}, rows from the top, red first
 */
public record Pixels(int width, int height, byte[] rgb) {
  static final int CHANNELS = 3;

  public Pixels {
    if (rgb.length != bytes(width, height)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid pixels: %d bytes for %d x %d RGB", rgb.length, width, height));
    }
  }

  /** Room for a picture of a size. */
  static byte[] allocate(int width, int height) {
    return new byte[bytes(width, height)];
  }

  private static int bytes(int width, int height) {
    return Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS);
  }

  /** The part of the given size whose upper left corner is at (left, top). */
  Pixels crop(int left, int top, int croppedWidth, int croppedHeight) {
    byte[] cropped = allocate(croppedWidth, croppedHeight);
    int rowBytes = croppedWidth * CHANNELS;
    for (int y = 0; y < croppedHeight; y++) {
      System.arraycopy(rgb, ((top + y) * width + left) * CHANNELS, cropped, y * rowBytes, rowBytes);
    }
    return new Pixels(croppedWidth, croppedHeight, cropped);
  }

  /** The mirror image, left and right exchanged. */
  public Pixels flipped() {
    byte[] mirrored = new byte[rgb.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (y * width + x) * CHANNELS;
        int to = (y * width + width - 1 - x) * CHANNELS;
        System.arraycopy(rgb, from, mirrored, to, CHANNELS);
      }
    }
    return new Pixels(width, height, mirrored);
  }

  /**
   * The red channel in [0, 1], averaged over squares, as torch's area interpolation.
   *
   * @param toWidth a divisor of the width, in squares
   * @param toHeight a divisor of the height, in squares
   */
  public float[] redAverages(int toWidth, int toHeight) {
    int across = width / toWidth;
    int down = height / toHeight;
    int[] sums = new int[toWidth * toHeight];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        sums[y / down * toWidth + x / across] +=
            Byte.toUnsignedInt(rgb[(y * width + x) * CHANNELS]);
      }
    }
    float[] averages = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      averages[i] = sums[i] / (255f * across * down);
    }
    return averages;
  }

  /**
   * The picture as a tensor {@code float[3][height][width]} in [-1, 1], with the operations and the
   * order of torchvision's ToTensor and {@code Normalize([0.5], [0.5])} in fp32.
   */
  public float[] toTensor() {
    int plane = width * height;
    float[] chw = new float[bytes(width, height)];
    for (int i = 0; i < plane; i++) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        float unit = Byte.toUnsignedInt(rgb[i * CHANNELS + channel]) / 255f;
        chw[channel * plane + i] = (unit - 0.5f) / 0.5f;
      }
    }
    return chw;
  }
}
