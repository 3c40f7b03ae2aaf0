package org.sparklora.spark;

import org.sparklora.data.EpochSampler;
import org.sparklora.data.LatentCache;
import org.sparklora.data.LatentSample;
import org.sparklora.data.Posterior;
import org.sparklora.train.SampleSource;
import org.sparklora.train.TrainingSample;

/** The latent cache in the sampler's order. */
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
    long epoch = sampler.epoch(slot);
    Posterior latents = sample.latents(seed, epoch);
    return new TrainingSample(
        latents.channels(),
        latents.height(),
        latents.width(),
        latents.mean(),
        latents.logVariance(),
        sample.caption(seed, epoch).tokenIds());
  }
}
