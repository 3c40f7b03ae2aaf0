package org.sparklora.data.image;

import static org.sparklora.data.image.Pixels.CHANNELS;

/**
 * Resizes with the same bits as Pillow's {@code Image.resize} (13.0): one pass along rows and one
 * along columns, each rounded to 8 bits.
 */
public final class Resize {
  private final ImageInterpolation interpolation;

  public Resize(ImageInterpolation interpolation) {
    this.interpolation = interpolation;
  }

  /** The picture at the given size, in pixels. */
  public Pixels to(int width, int height, Pixels image) {
    if (width == image.width() && height == image.height()) {
      return image;
    }
    return switch (interpolation) {
      case NEAREST, NEAREST_EXACT -> nearest(image, width, height);
      case BOX -> resample(Kernel.BOX, image, width, height);
      case BILINEAR -> resample(Kernel.BILINEAR, image, width, height);
      case HAMMING -> resample(Kernel.HAMMING, image, width, height);
      case BICUBIC -> resample(Kernel.BICUBIC, image, width, height);
      case LANCZOS -> resample(Kernel.LANCZOS, image, width, height);
    };
  }

  /** The most bytes that are held beside the picture, with any interpolation. */
  public static long bytes(Size from, Size to) {
    if (from.equals(to)) {
      return 0;
    }
    Size between =
        columnsFirst(from, to)
            ? new Size(from.width(), to.height())
            : new Size(to.width(), from.height());
    return (between.pixels() + to.pixels()) * CHANNELS + AxisWeights.bytes(from, to);
  }

  /**
   * Whether columns come first. Pillow 13 does so if that saves work, and the order shows in the
   * rounding.
   */
  private static boolean columnsFirst(Size from, Size to) {
    long lessWidth = (long) from.width() - to.width();
    long lessHeight = (long) from.height() - to.height();
    return lessHeight > 0 && lessHeight > 2 * lessWidth;
  }

  private static Pixels resample(Kernel kernel, Pixels image, int width, int height) {
    return columnsFirst(new Size(image.width(), image.height()), new Size(width, height))
        ? alongRows(kernel, alongColumns(kernel, image, height), width)
        : alongColumns(kernel, alongRows(kernel, image, width), height);
  }

  private static Pixels alongRows(Kernel kernel, Pixels image, int width) {
    if (width == image.width()) {
      return image;
    }
    AxisWeights axis = AxisWeights.of(kernel, image.width(), width);
    byte[] out = Pixels.allocate(width, image.height());
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < width; x++) {
        int start = (y * image.width() + axis.first()[x]) * CHANNELS;
        int to = (y * width + x) * CHANNELS;
        weigh(image.rgb(), start, CHANNELS, axis.weights()[x], out, to);
      }
    }
    return new Pixels(width, image.height(), out);
  }

  private static Pixels alongColumns(Kernel kernel, Pixels image, int height) {
    if (height == image.height()) {
      return image;
    }
    AxisWeights axis = AxisWeights.of(kernel, image.height(), height);
    int rowBytes = image.width() * CHANNELS;
    byte[] out = Pixels.allocate(image.width(), height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < image.width(); x++) {
        int start = axis.first()[y] * rowBytes + x * CHANNELS;
        weigh(image.rgb(), start, rowBytes, axis.weights()[y], out, y * rowBytes + x * CHANNELS);
      }
    }
    return new Pixels(image.width(), height, out);
  }

  /** Writes one pixel: the weighted sum of the pixels at start, start + stride, ... */
  private static void weigh(byte[] in, int start, int stride, int[] weights, byte[] out, int to) {
    int half = 1 << (AxisWeights.FRACTION_BITS - 1);
    int red = half;
    int green = half;
    int blue = half;
    int from = start;
    for (int weight : weights) {
      red += (in[from] & 0xff) * weight;
      green += (in[from + 1] & 0xff) * weight;
      blue += (in[from + 2] & 0xff) * weight;
      from += stride;
    }
    out[to] = toByte(red);
    out[to + 1] = toByte(green);
    out[to + 2] = toByte(blue);
  }

  private static byte toByte(int fixedPoint) {
    return (byte) Math.min(Math.max(fixedPoint >> AxisWeights.FRACTION_BITS, 0), 255);
  }

  private static Pixels nearest(Pixels image, int width, int height) {
    int[] columns = nearestPositions(image.width(), width);
    int[] rows = nearestPositions(image.height(), height);
    byte[] out = Pixels.allocate(width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (rows[y] * image.width() + columns[x]) * CHANNELS;
        System.arraycopy(image.rgb(), from, out, (y * width + x) * CHANNELS, CHANNELS);
      }
    }
    return new Pixels(width, height, out);
  }

  private static int[] nearestPositions(int inSize, int outSize) {
    double scale = (double) inSize / outSize;
    int[] positions = new int[outSize];
    // The reference sums step by step; multiplying would round differently.
    double position = scale * 0.5;
    for (int i = 0; i < outSize; i++) {
      positions[i] = Math.min((int) position, inSize - 1);
      position += scale;
    }
    return positions;
  }
}
