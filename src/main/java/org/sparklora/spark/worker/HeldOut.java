package org.sparklora.spark.worker;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.data.order.HeldOutSplit;
import org.sparklora.train.HeldOutLoss;
import org.sparklora.train.TrainingSample;

/**
 * The samples whose loss is computed at validations.
 *
 * @param cache location of the latent cache that has them
 * @param split {@code --validation_split}: share of the cache's samples; 0 for all samples of a
 *     separate cache
 */
public record HeldOut(String cache, double split) implements Serializable {
  /** The split of a cache that training and held-out samples share; otherwise empty. */
  List<HeldOutSplit> splits(long seed, long[] sizes, Appearances appearances) {
    return split == 0 ? List.of() : List.of(appearances.split(seed, sizes, split));
  }

  public HeldOutBatches batches(long seed, long[] sizes, Appearances appearances, int batch) {
    return splits(seed, sizes, appearances).stream()
        .map(known -> HeldOutBatches.of(known, batch))
        .findFirst()
        .orElseGet(() -> HeldOutBatches.all(sizes, batch));
  }

  /**
   * Reads the samples' first captions and means.
   *
   * @param change of captions that hold new tokens
   */
  HeldOutLoss.Source open(
      Configuration hadoop, long seed, int batch, Optional<CachedSamples.CaptionChange> change) {
    LatentCache latents = LatentCache.open(cache, hadoop);
    HeldOutBatches batches = batches(seed, latents.sizes(), latents.appearances(), batch);
    return number ->
        Arrays.stream(batches.places(number))
            .mapToObj(place -> new HeldOutLoss.Keyed(place, sample(latents.get(place), change)))
            .toList();
  }

  private static TrainingSample sample(
      LatentSample sample, Optional<CachedSamples.CaptionChange> change) {
    Posterior latents = sample.latents();
    Caption caption = sample.captions().get(0);
    return new TrainingSample(
        latents.channels(),
        latents.height(),
        latents.width(),
        latents.mean(),
        latents.logVariance(),
        change.map(c -> c.heldOut(caption.text(), sample.id())).orElseGet(caption::tokenIds),
        Optional.empty(),
        sample.frame().map(CachedSamples::sizes));
  }
}
