package org.sparklora.spark.worker;

import java.io.Serializable;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.train.ClassSamples;

/**
 * The encoded class images of prior preservation.
 *
 * @param cache location of their latent cache
 * @param samples number of them
 * @param lossWeight {@code --prior_loss_weight}
 */
public record ClassLatents(String cache, long samples, double lossWeight) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static Optional<ClassLatents> of(
      Optional<PrepareResult> encoded, Optional<PriorPreservation> prior) {
    return encoded.map(
        result ->
            new ClassLatents(
                result.location(), result.samples(), prior.orElseThrow().lossWeight()));
  }

  /**
   * Opens the samples, in the order that pairs them with the subject's.
   *
   * @param subjects number of the subject's samples that an epoch has
   */
  ClassSamples open(Configuration hadoop, long seed, long subjects) {
    LatentCache latents = LatentCache.shared(cache, hadoop, ExecutorDisks.ofThisProcess());
    SampleOrder order = SampleOrder.beside(seed, samples, subjects);
    return new ClassSamples(
        new CachedSamples(latents::get, order, seed, Optional.empty(), Optional.empty(), 1),
        lossWeight);
  }
}
