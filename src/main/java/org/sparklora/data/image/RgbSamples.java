package org.sparklora.data.image;

import static org.sparklora.data.image.Pixels.CHANNELS;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Takes RGB from a decoded picture sample by sample. {@link BufferedImage#getRGB} is not used,
 * because it takes greys for linear light and brightens them, and because it applies colour
 * profiles.
 */
final class RgbSamples {
  private static final int WHITE = 255;

  private RgbSamples() {}

  /** Lays transparent pixels on white. */
  static Pixels of(BufferedImage image) {
    return of(image, true);
  }

  /** Takes the stored colours, whatever their alpha is. */
  static Pixels opaque(BufferedImage image) {
    return of(image, false);
  }

  private static Pixels of(BufferedImage image, boolean onWhite) {
    int width = image.getWidth();
    int height = image.getHeight();
    if (isThreeBytesAPixel(image)) {
      return inPlace(image);
    }
    byte[] rgb = new byte[width * height * CHANNELS];
    int[] row = new int[0];
    for (int y = 0; y < height; y++) {
      row = rgbaRow(image, y, row);
      for (int x = 0; x < width; x++) {
        int alpha = onWhite ? row[4 * x + 3] : 255;
        for (int channel = 0; channel < CHANNELS; channel++) {
          rgb[(y * width + x) * CHANNELS + channel] = (byte) onWhite(row[4 * x + channel], alpha);
        }
      }
    }
    return new Pixels(width, height, rgb);
  }

  /** Whether the samples are bytes in one array, red, green and blue in some order. */
  private static boolean isThreeBytesAPixel(BufferedImage image) {
    Raster raster = image.getRaster();
    return raster.getSampleModel() instanceof PixelInterleavedSampleModel model
        && raster.getDataBuffer() instanceof DataBufferByte buffer
        && image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_RGB
        && model.getNumBands() == CHANNELS
        && model.getPixelStride() == CHANNELS
        && model.getScanlineStride() == image.getWidth() * CHANNELS
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getData().length == (long) image.getWidth() * image.getHeight() * CHANNELS;
  }

  /** Reorders the samples in place, so that a large picture is not held twice. */
  private static Pixels inPlace(BufferedImage image) {
    Raster raster = image.getRaster();
    byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
    int[] order = ((PixelInterleavedSampleModel) raster.getSampleModel()).getBandOffsets();
    if (order[0] != 0 || order[1] != 1) {
      for (int at = 0; at < samples.length; at += CHANNELS) {
        byte red = samples[at + order[0]];
        byte green = samples[at + order[1]];
        byte blue = samples[at + order[2]];
        samples[at] = red;
        samples[at + 1] = green;
        samples[at + 2] = blue;
      }
    }
    return new Pixels(image.getWidth(), image.getHeight(), samples);
  }

  /** The alpha channel in all three channels. */
  static Pixels alpha(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] grey = new byte[width * height * CHANNELS];
    int[] row = new int[0];
    for (int y = 0; y < height; y++) {
      row = rgbaRow(image, y, row);
      for (int x = 0; x < width; x++) {
        int at = (y * width + x) * CHANNELS;
        Arrays.fill(grey, at, at + CHANNELS, (byte) row[4 * x + 3]);
      }
    }
    return new Pixels(width, height, grey);
  }

  /** {@code value * alpha + white * (1 - alpha)}, rounded, in 8-bit arithmetic. */
  private static int onWhite(int value, int alpha) {
    return overWhole(value * alpha + WHITE * (255 - alpha));
  }

  /** A product of two 8-bit values over 255, rounded. */
  private static int overWhole(int product) {
    int sum = product + 128;
    return (sum + (sum >> 8)) >> 8;
  }

  private static int[] rgbaRow(BufferedImage image, int y, int[] reused) {
    int[] rgba = reused.length > 0 ? reused : new int[image.getWidth() * 4];
    if (image.getColorModel() instanceof IndexColorModel palette) {
      fillFromPalette(image.getRaster(), palette, y, rgba);
    } else {
      fillFromSamples(image, y, rgba);
    }
    return rgba;
  }

  private static void fillFromPalette(Raster raster, IndexColorModel palette, int y, int[] rgba) {
    for (int x = 0; x < raster.getWidth(); x++) {
      int index = raster.getSample(x, y, 0);
      rgba[4 * x] = palette.getRed(index);
      rgba[4 * x + 1] = palette.getGreen(index);
      rgba[4 * x + 2] = palette.getBlue(index);
      rgba[4 * x + 3] = palette.getAlpha(index);
    }
  }

  private static void fillFromSamples(BufferedImage image, int y, int[] rgba) {
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    boolean grey = bands < CHANNELS;
    if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
      fillFromCmyk(raster, y, rgba);
      return;
    }
    boolean alpha = image.getColorModel().hasAlpha();
    int[] bits = image.getColorModel().getComponentSize();
    int[] samples = raster.getPixels(0, y, raster.getWidth(), 1, (int[]) null);
    for (int x = 0; x < raster.getWidth(); x++) {
      int at = x * bands;
      for (int channel = 0; channel < CHANNELS; channel++) {
        int band = grey ? 0 : channel;
        rgba[4 * x + channel] = toEightBits(samples[at + band], bits[band]);
      }
      rgba[4 * x + 3] = alpha ? toEightBits(samples[at + bands - 1], bits[bands - 1]) : 255;
    }
  }

  /** Converts from ink values, where 255 is the most; the reader has undone Adobe's inversion. */
  private static void fillFromCmyk(Raster raster, int y, int[] rgba) {
    int[] samples = raster.getPixels(0, y, raster.getWidth(), 1, (int[]) null);
    for (int x = 0; x < raster.getWidth(); x++) {
      int light = 255 - samples[4 * x + 3];
      for (int channel = 0; channel < CHANNELS; channel++) {
        int ink = samples[4 * x + channel];
        rgba[4 * x + channel] = light - overWhole(ink * light);
      }
      rgba[4 * x + 3] = 255;
    }
  }

  private static int toEightBits(int value, int bits) {
    return bits >= 8 ? value >> (bits - 8) : value * 255 / ((1 << bits) - 1);
  }
}
