package org.sparklora.spark.run;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.DataConfig;
import org.sparklora.data.cache.CacheKey;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.spark.prepare.VaeEncoderFactory;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.util.InvalidInputException;

/**
 * A run's recipe as far as it is known before Spark starts and pictures are encoded.
 *
 * @param known settings by flag
 * @param unknown flags whose value depends on pictures that are not encoded yet
 */
public record EarlyRecipe(Map<String, String> known, Set<String> unknown) {
  private static final String STEPS = "max_train_steps";
  private static final String WARMUP = "lr_warmup_steps";

  public EarlyRecipe {
    known = Map.copyOf(known);
    unknown = Set.copyOf(unknown);
  }

  public static EarlyRecipe of(
      TrainingConfig config, List<ImageDataset> datasets, Configuration hadoop) throws IOException {
    String encoder =
        VaeEncoderFactory.of(hadoop, config.model(), config.batch().threadsPerWorker()).identity();
    String latents = latents(config.data(), datasets, encoder);
    boolean subjects = datasets.get(0).subjects().isPresent();
    Set<String> unknown = new TreeSet<>();
    if (config.prior().isPresent()) {
      unknown.add(Recipe.CLASS_LATENTS); // some of its pictures may not be drawn yet
    }
    Optional<Long> steps = steps(config, latents, hadoop);
    if (steps.isEmpty() || subjects) {
      unknown.add(STEPS); // and each subject has its own
      if (config.schedule().warmupIsPart()) {
        unknown.add(WARMUP);
      }
    }
    Map<String, String> known =
        new TreeMap<>(
            Recipe.of(
                config,
                BaseModelIdentity.of(config.model(), hadoop),
                latents,
                Optional.empty(),
                config.schedule().over(steps.orElse(1L))));
    known.keySet().removeAll(unknown);
    if (subjects) {
      known.put("subject_column", config.data().subjectColumn());
    }
    return new EarlyRecipe(known, unknown);
  }

  /**
   * The name of the latent cache.
   *
   * @param datasets that {@code data} names
   * @param encoder identity of the autoencoder
   */
  public static String latents(DataConfig data, List<ImageDataset> datasets, String encoder) {
    List<DataConfig> sets = data.sets();
    List<String> keys =
        IntStream.range(0, sets.size())
            .mapToObj(i -> CacheKey.of(datasets.get(i), sets.get(i), encoder))
            .toList();
    return data.isJoined() ? CacheKey.joined(keys, data.repeats(), data.balances()) : keys.get(0);
  }

  /** The number of steps, if it is given or the latent cache is there to derive it from. */
  private static Optional<Long> steps(TrainingConfig config, String latents, Configuration hadoop) {
    if (config.length().maxTrainSteps().isPresent()) {
      return Optional.of(config.length().maxTrainSteps().getAsLong());
    }
    if (config.prior().isPresent()) {
      return Optional.empty();
    }
    String location = new Path(TrainingData.cacheFolder(config), latents).toString();
    BatchConfig batch = config.batch();
    return CacheManifest.read(location, hadoop)
        .map(
            manifest -> {
              double split = config.validation().split();
              Appearances appearances = manifest.appearances();
              long[] sizes =
                  split > 0
                      ? appearances.split(batch.seed(), manifest.sizes(), split).trainingSizes()
                      : manifest.sizes();
              SampleOrder order = appearances.order(batch.seed(), sizes, batch.trainBatchSize());
              return config
                  .length()
                  .steps(order.epochSlots(), (long) batch.microBatches() * batch.trainBatchSize());
            });
  }

  /** Whether all of a recipe is known. */
  boolean isWhole() {
    return unknown.isEmpty();
  }

  /**
   * Refuses to resume from a folder that was made with another recipe.
   *
   * @param folder of the run or checkpoint
   * @param made recipe that it was made with
   * @throws InvalidInputException (CONFIGURATION) naming everything that differs
   */
  void requireSame(String folder, Map<String, String> made) {
    Map<String, String> comparable = new TreeMap<>(made);
    comparable.keySet().removeAll(unknown);
    Checkpoint.requireSame(folder, comparable, known);
  }
}
