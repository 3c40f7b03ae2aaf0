package org.sparklora.train;

/**
 * A sample with what is drawn for it in a step.
 *
 * @param latents a draw of the posterior, scaled as the UNet sees it, {@code float[C * h * w]}
 * @param noise the noise that the network must predict, the same shape
 * @param added the noise that is added to the latents, the same shape
 * @param timestep of the noise
 */
public record DrawnSample(
    TrainingSample sample, float[] latents, float[] noise, float[] added, int timestep) {
  /** Bytes of its arrays, those of the posterior included. */
  long bytes() {
    int posterior = sample.logVariance().isPresent() ? 2 : 1;
    int drawn = added == noise ? 2 : 3;
    int mask = sample.mask().map(values -> values.length).orElse(0);
    long values = (long) (posterior + drawn) * latents.length + mask + sample.tokenIds().length;
    return values * Float.BYTES;
  }
}
