package org.sparklora.train;

import java.util.Optional;

/**
 * A sample with what is drawn for it in a step.
 *
 * @param latents a draw of the posterior, scaled as the UNet sees it, {@code float[C * h * w]}
 * @param noise the noise that the network must predict, the same shape
 * @param added the noise that is added to the latents, the same shape
 * @param timestep of the noise
 * @param caption encoded before, if it had to be read
 */
public record DrawnSample(
    TrainingSample sample,
    float[] latents,
    float[] noise,
    float[] added,
    int timestep,
    Optional<CaptionStates.Encoded> caption) {
  /** Bytes of its arrays, those of posterior and caption included. */
  long bytes() {
    int posterior = sample.logVariance().isPresent() ? 2 : 1;
    int drawn = added == noise ? 2 : 3;
    int mask = sample.mask().map(values -> values.length).orElse(0);
    long values = (long) (posterior + drawn) * latents.length + mask + sample.tokenIds().length;
    return values * Float.BYTES + caption.map(CaptionStates.Encoded::bytes).orElse(0L);
  }
}
