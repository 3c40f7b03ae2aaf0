package org.sparklora.spark;

import org.sparklora.data.EpochSampler;
import org.sparklora.data.LatentCache;
import org.sparklora.data.LatentSample;
import org.sparklora.data.Latents;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.SampleSource;
import org.sparklora.train.TrainingSample;

/** The latent cache in the sampler's order, each picture mirrored or not by its own coin. */
final class CachedSamples implements SampleSource {
  private final LatentCache cache;
  private final EpochSampler sampler;
  private final long seed;

  CachedSamples(LatentCache cache, long seed) {
    this.cache = cache;
    this.sampler = new EpochSampler(seed, cache.size());
    this.seed = seed;
  }

  @Override
  public TrainingSample at(long slot) {
    LatentSample sample = cache.get(sampler.at(slot));
    boolean mirror =
        sample.flipped().isPresent()
            && KeyedRandom.of(seed, Purpose.FLIP, sampler.epoch(slot), sample.id()).uniform() < 0.5;
    Latents latents = mirror ? sample.flipped().get() : sample.plain();
    return new TrainingSample(
        sample.channels(),
        sample.height(),
        sample.width(),
        latents.mean(),
        latents.logVariance(),
        sample.tokenIds());
  }
}
