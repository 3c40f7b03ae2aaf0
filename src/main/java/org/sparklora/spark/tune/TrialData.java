package org.sparklora.spark.tune;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.worker.HeldOut;

/**
 * The encoded data of a trial.
 *
 * @param encoded training and held-out samples
 * @param leftOut what of the data set is not trained on
 * @param heldOutSizes number of samples of each size in the cache with the held-out ones
 */
record TrialData(TrainingData encoded, List<String> leftOut, long[] heldOutSizes) {
  static TrialData of(TrainingData encoded, List<String> leftOut, Configuration hadoop) {
    String cache = encoded.heldOut().get(0).cache();
    long[] sizes =
        CacheManifest.read(cache, hadoop)
            .map(CacheManifest::sizes)
            .orElseThrow(() -> new IllegalStateException("No latents in " + cache));
    return new TrialData(encoded, List.copyOf(leftOut), sizes);
  }

  HeldOut heldOut() {
    return encoded.heldOut().get(0);
  }
}
