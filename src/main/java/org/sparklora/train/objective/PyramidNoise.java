package org.sparklora.train.objective;

import org.sparklora.tensor.KeyedRandom;

/**
 * Multi-resolution noise (Whitaker 2023), as kohya's {@code pyramid_noise_like}: noise of fewer and
 * fewer pixels, enlarged bilinearly and discounted, is added to the noise, and the sum is divided
 * by its standard deviation. Here the deviation is taken over one sample, so that no sample depends
 * on its neighbours in a batch.
 */
record PyramidNoise(int channels, int height, int width) {
  /** Adds levels to {@code noise}, {@code float[channels][height][width]}, in place. */
  void add(float[] noise, int iterations, double discount, KeyedRandom random) {
    for (int i = 0; i < iterations; i++) {
      double shrink = StrictMath.pow(random.uniform() * 2 + 2, i);
      int h = Math.max(1, (int) (height / shrink));
      int w = Math.max(1, (int) (width / shrink));
      addLevel(noise, random.normals(channels * h * w), h, w, StrictMath.pow(discount, i));
      if (h == 1 || w == 1) {
        break;
      }
    }
    toUnitDeviation(noise);
  }

  /**
   * Adds one level.
   *
   * @param level {@code float[channels][h][w]}
   */
  void addLevel(float[] noise, float[] level, int h, int w, double factor) {
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        double fromY = Math.max(0, (y + 0.5) * h / height - 0.5);
        int top = (int) fromY;
        int bottom = Math.min(top + 1, h - 1);
        double down = fromY - top;
        for (int x = 0; x < width; x++) {
          double fromX = Math.max(0, (x + 0.5) * w / width - 0.5);
          int left = (int) fromX;
          int right = Math.min(left + 1, w - 1);
          double along = fromX - left;
          int at = c * h * w;
          double upper =
              level[at + top * w + left] * (1 - along) + level[at + top * w + right] * along;
          double lower =
              level[at + bottom * w + left] * (1 - along) + level[at + bottom * w + right] * along;
          noise[(c * height + y) * width + x] +=
              (float) ((upper * (1 - down) + lower * down) * factor);
        }
      }
    }
  }

  /**
   * Divides by the standard deviation of a sample, with {@code n - 1} in the denominator as in
   * torch.
   */
  static void toUnitDeviation(float[] noise) {
    double mean = 0;
    for (float value : noise) {
      mean += value;
    }
    mean /= noise.length;
    double squares = 0;
    for (float value : noise) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / (noise.length - 1));
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) (noise[i] / deviation);
    }
  }
}
