package org.sparklora.spark.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.DataConfig;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.spark.prepare.VaeEncoderFactory;
import org.sparklora.spark.run.EarlyRecipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.util.Findings;

/**
 * A latent cache, with the trials that share it because they encode the same pictures alike.
 *
 * @param name of the cache
 * @param config of the first of these trials
 * @param inputs their data sets
 * @param trials their names
 */
record TrialCache(String name, TrainingConfig config, TrainingInputs inputs, List<String> trials) {
  /** Mean and variance of 4 channels in fp32 for each 8 x 8 pixels. */
  private static final double BYTES_PER_PIXEL = 2.0 * 4 * Float.BYTES / 64;

  TrialCache {
    trials = List.copyOf(trials);
  }

  /**
   * The caches, in the order of the first trials that need them.
   *
   * @param run inputs of the run, whose data are those of the first trial
   */
  static List<TrialCache> of(
      Sweep sweep, TrainingInputs run, Configuration hadoop, Findings findings) {
    TrainingConfig first = sweep.trials().get(0).config();
    String encoder =
        VaeEncoderFactory.of(hadoop, first.model(), first.batch().threadsPerWorker()).identity();
    Map<DataConfig, List<Trial>> alike = new LinkedHashMap<>();
    for (Trial trial : sweep.trials()) {
      alike
          .computeIfAbsent(trial.config().data().asEncoded(), data -> new ArrayList<>())
          .add(trial);
    }
    Map<String, TrialCache> caches = new LinkedHashMap<>();
    for (List<Trial> trials : alike.values()) {
      TrainingConfig config = trials.get(0).config();
      int before = findings.count();
      TrainingInputs inputs = config.equals(first) ? run : run.reading(config, hadoop, findings);
      if (findings.count() == before) {
        TrialCache cache =
            new TrialCache(
                EarlyRecipe.latents(config.data(), inputs.datasets(), encoder),
                config,
                inputs,
                trials.stream().map(Trial::name).toList());
        caches.merge(cache.key(encoder), cache, TrialCache::and);
      }
    }
    return List.copyOf(caches.values());
  }

  /** The names of the cache and of that of a separate data set of held-out pictures. */
  private String key(String encoder) {
    return name
        + inputs
            .validationDataset()
            .map(held -> EarlyRecipe.latents(config.heldOutData(), List.of(held), encoder))
            .orElse("");
  }

  private TrialCache and(TrialCache other) {
    List<String> all = new ArrayList<>(trials);
    all.addAll(other.trials);
    return new TrialCache(name, config, inputs, all);
  }

  /** Whether it was encoded before. */
  boolean isThere(Configuration hadoop) {
    String location = new Path(TrainingData.cacheFolder(config), name).toString();
    return CacheManifest.read(location, hadoop).isPresent();
  }

  /** About as many bytes as its latents take. */
  long bytes() {
    double bytes = 0;
    List<DataConfig> sets = config.data().sets();
    for (int i = 0; i < sets.size(); i++) {
      DataConfig set = sets.get(i);
      long rows = inputs.datasets().get(i).rows();
      double pixels = (double) set.resolution() * set.resolution() * (set.randomFlip() ? 2 : 1);
      bytes += Math.min(rows, set.maxTrainSamples().orElse(rows)) * pixels * BYTES_PER_PIXEL;
    }
    return Math.round(bytes);
  }
}
