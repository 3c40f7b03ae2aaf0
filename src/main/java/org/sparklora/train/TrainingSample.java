package org.sparklora.train;

import java.util.Optional;

/**
 * One picture with its caption, in the form in which the UNet is trained on it.
 *
 * @param channels latent channels, C
 * @param height latent height, h
 * @param width latent width, w
 * @param mean mean of the latents' posterior before the scaling factor, {@code float[C * h * w]}
 * @param logVariance its log variance, the same shape; empty if the latents are certain
 * @param tokenIds the caption's tokens for each text encoder, one after the other, each padded to
 *     its length
 * @param mask factor on each pixel's error, {@code float[h * w]}; empty for 1
 * @param sizes of the picture, for a model that takes them
 * @param lossWeight factor on its loss
 */
public record TrainingSample(
    int channels,
    int height,
    int width,
    float[] mean,
    Optional<float[]> logVariance,
    int[] tokenIds,
    Optional<float[]> mask,
    Optional<PictureSizes> sizes,
    float lossWeight) {
  /** A sample whose loss counts like those of others. */
  public TrainingSample(
      int channels,
      int height,
      int width,
      float[] mean,
      Optional<float[]> logVariance,
      int[] tokenIds,
      Optional<float[]> mask,
      Optional<PictureSizes> sizes) {
    this(channels, height, width, mean, logVariance, tokenIds, mask, sizes, 1);
  }
}
