package org.sparklora.train.objective;

import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/**
 * Noised latents and the target of the UNet.
 *
 * @param shape {@code [batch, C, h, w]}
 * @param noisy the UNet's input, {@code float[batch * C * h * w]}
 * @param target of its output, the same shape
 * @param timesteps {@code int[batch]}
 * @param weights factor on each sample's error, {@code float[batch]}
 * @param huber cost of an error; if empty, its square
 * @param mask factor on each pixel's error, {@code float[batch * h * w]}; empty for 1
 * @param timeIds the sizes of each picture that SDXL's UNet takes, {@code float[batch * 6]}
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
  /** A batch with squared errors and without a mask. */
  public NoisyBatch(long[] shape, float[] noisy, float[] target, int[] timesteps, float[] weights) {
    this(shape, noisy, target, timesteps, weights, Optional.empty());
  }

  /** A batch in which the errors of all pixels count alike. */
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

  /** The same batch with a weight for each pixel's error. */
  public NoisyBatch withMask(float[] pixelWeights) {
    return new NoisyBatch(
        shape, noisy, target, timesteps, weights, huber, Optional.of(pixelWeights), timeIds);
  }

  /**
   * The same batch, whose first half is the subject and second half its class. Its loss is the mean
   * over the subject plus a factor times the mean over the class.
   */
  public NoisyBatch withPrior(double priorLossWeight) {
    float[] halves = weights.clone();
    for (int i = 0; i < halves.length; i++) {
      // The loss is the mean over both halves.
      halves[i] *= i < halves.length / 2 ? 2 : (float) (2 * priorLossWeight);
    }
    return new NoisyBatch(shape, noisy, target, timesteps, halves, huber, mask, timeIds);
  }

  /**
   * The same batch with a further factor on each sample's error.
   *
   * @param factors by the sample's number
   */
  public NoisyBatch weighted(IntToDoubleFunction factors) {
    float[] products = weights.clone();
    for (int i = 0; i < products.length; i++) {
      products[i] *= (float) factors.applyAsDouble(i);
    }
    return new NoisyBatch(shape, noisy, target, timesteps, products, huber, mask, timeIds);
  }

  public int size() {
    return timesteps.length;
  }
}
