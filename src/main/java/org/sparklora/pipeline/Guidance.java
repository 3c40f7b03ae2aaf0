package org.sparklora.pipeline;

/**
 * Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598), with the rescaling of Lin et
 * al. 2023 (arXiv 2305.08891, equations 15 and 16) that keeps strong guidance from overexposing.
 *
 * @param scale factor on the difference to the unconditional output
 * @param rescale share of the conditional output's deviation that is restored, in [0, 1]
 */
record Guidance(double scale, double rescale) {

  /**
   * The guided output.
   *
   * @param output of the negative prompts, then of the prompts, in the same order
   * @param images number of each
   */
  float[] apply(float[] output, int images) {
    int all = output.length / 2;
    int size = all / images;
    float[] guided = new float[all];
    float factor = (float) scale;
    for (int i = 0; i < all; i++) {
      guided[i] = output[i] + factor * (output[all + i] - output[i]);
    }
    for (int image = 0; rescale > 0 && image < images; image++) {
      int from = image * size;
      double ratio =
          deviation(output, all + from, size) / deviation(guided, from, size) * rescale
              + (1 - rescale);
      for (int i = from; i < from + size; i++) {
        guided[i] = (float) (guided[i] * ratio);
      }
    }
    return guided;
  }

  /** The standard deviation of a sample, as {@code torch.std}. */
  private static double deviation(float[] values, int from, int length) {
    double sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += values[i];
    }
    double mean = sum / length;
    double squares = 0;
    for (int i = from; i < from + length; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    return Math.sqrt(squares / (length - 1));
  }
}
