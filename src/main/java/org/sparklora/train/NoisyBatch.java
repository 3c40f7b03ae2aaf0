package org.sparklora.train;

/**
 * Noised latents and what the UNet should make of them.
 *
 * @param shape {@code [batch, C, h, w]}
 * @param noisy the UNet's input, {@code float[batch * C * h * w]}
 * @param target what its output is compared with, the same shape
 * @param timesteps {@code int[batch]}
 * @param weights factor on each sample's squared error, {@code float[batch]}
 */
public record NoisyBatch(
    long[] shape, float[] noisy, float[] target, int[] timesteps, float[] weights) {
  public int size() {
    return timesteps.length;
  }
}
