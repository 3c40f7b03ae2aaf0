package org.sparklora.data;

import java.util.List;
import java.util.Optional;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * One picture ready for training.
 *
 * @param id the row's number in the data set, over its files in order; the key of all that is drawn
 *     for this sample
 * @param captions at least one
 * @param latents of the picture
 * @param flipped of its mirror image, where {@code --random_flip} asks for it
 */
public record LatentSample(
    long id, List<Caption> captions, Posterior latents, Optional<Posterior> flipped) {
  public LatentSample {
    captions = List.copyOf(captions);
  }

  /** The caption of an epoch: drawn, where there are several. */
  public Caption caption(long seed, long epoch) {
    int drawn = (int) KeyedRandom.of(seed, Purpose.CAPTION, epoch, id).below(captions.size());
    return captions.get(drawn);
  }

  /** The latents of an epoch: the mirror image's every other time, where it is there. */
  public Posterior latents(long seed, long epoch) {
    boolean flip = KeyedRandom.of(seed, Purpose.FLIP, epoch, id).uniform() < 0.5;
    return flip ? flipped.orElse(latents) : latents;
  }
}
