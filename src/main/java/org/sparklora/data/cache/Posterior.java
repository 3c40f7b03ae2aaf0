package org.sparklora.data.cache;

import java.util.Locale;
import java.util.Optional;

/**
 * A VAE encoder's output for a picture: a diagonal Gaussian over latents, or a single point.
 *
 * @param channels of the latent
 * @param height of the latent
 * @param width of the latent
 * @param mean {@code float[channels][height][width]}, unscaled
 * @param logVariance in the mean's shape; empty for encoders that give a point
 */
public record Posterior(
    int channels, int height, int width, float[] mean, Optional<float[]> logVariance) {
  public Posterior {
    int values = channels * height * width;
    if (mean.length != values || logVariance.stream().anyMatch(v -> v.length != values)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid posterior: %d values for %d x %d x %d",
              mean.length,
              channels,
              height,
              width));
    }
  }
}
