package org.sparklora.train.objective;

import java.util.Optional;

/**
 * Noised latents and what the UNet should make of them.
 *
 * @param shape {@code [batch, C, h, w]}
 * @param noisy the UNet's input, {@code float[batch * C * h * w]}
 * @param target what its output is compared with, the same shape
 * @param timesteps {@code int[batch]}
 * @param weights factor on each sample's error, {@code float[batch]}
 * @param huber what an error costs; its square where empty
 * @param mask factor on each pixel's error, {@code float[batch * h * w]}; empty for 1
 * @param timeIds the sizes of each picture that SDXL's UNet is told, {@code float[batch * 6]}
 */
public record NoisyBatch(
    long[] shape,
    float[] noisy,
    float[] target,
    int[] timesteps,
    float[] weights,
    Optional<PseudoHuber> huber,
    Optional<float[]> mask,
    Optional<float[]> timeIds) {
  /** A batch whose error is squared, every pixel's alike. */
  public NoisyBatch(long[] shape, float[] noisy, float[] target, int[] timesteps, float[] weights) {
    this(shape, noisy, target, timesteps, weights, Optional.empty());
  }

  /** A batch of which every pixel's error counts alike. */
  public NoisyBatch(
      long[] shape,
      float[] noisy,
      float[] target,
      int[] timesteps,
      float[] weights,
      Optional<PseudoHuber> huber) {
    this(shape, noisy, target, timesteps, weights, huber, Optional.empty(), Optional.empty());
  }

  /** The same batch with the sizes of its pictures. */
  public NoisyBatch withTimeIds(float[] ids) {
    return new NoisyBatch(shape, noisy, target, timesteps, weights, huber, mask, Optional.of(ids));
  }

  /** The same batch with the error of each pixel weighed. */
  public NoisyBatch withMask(float[] pixelWeights) {
    return new NoisyBatch(
        shape, noisy, target, timesteps, weights, huber, Optional.of(pixelWeights), timeIds);
  }

  /**
   * The same batch, half of the subject and half of its class: its loss is the mean over the
   * subject and, times a factor, the mean over the class.
   */
  public NoisyBatch withPrior(double priorLossWeight) {
    float[] halves = weights.clone();
    for (int i = 0; i < halves.length; i++) {
      // The loss is the mean over both halves.
      halves[i] *= i < halves.length / 2 ? 2 : (float) (2 * priorLossWeight);
    }
    return new NoisyBatch(shape, noisy, target, timesteps, halves, huber, mask, timeIds);
  }

  public int size() {
    return timesteps.length;
  }
}
