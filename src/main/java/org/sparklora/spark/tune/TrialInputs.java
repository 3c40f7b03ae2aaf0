package org.sparklora.spark.tune;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.spark.prepare.LeftOut;
import org.sparklora.spark.run.SubjectMemory;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.train.GradientMemory;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * The trials of a sweep, each checked as a run of its own before anything is computed.
 *
 * @param caches in the order of the first trials that need them
 */
public record TrialInputs(Sweep sweep, List<TrialCache> caches) {
  private static final Logger LOG = LoggerFactory.getLogger(TrialInputs.class);

  public TrialInputs {
    caches = List.copyOf(caches);
  }

  /**
   * Checks what a trial's own flags change: pictures, the adapter's layers, learning rates,
   * objective, memory. Says how much latents will take, if the trials need several caches.
   *
   * @param inputs those of the run, checked before
   * @throws InvalidInputException with every problem found
   */
  public static TrialInputs check(
      Sweep sweep, TrainingInputs inputs, SparkConf settings, Configuration hadoop) {
    Findings findings = new Findings();
    long heap = ExecutorMemory.heap(settings, Runtime.getRuntime().maxMemory());
    ModelFolder base = sweep.trials().get(0).config().model().open(hadoop); // that of all trials
    ModelCheck parts = ModelCheck.of(base, new Findings());
    Optional<SchedulerConfig> scheduler = Optional.of(SchedulerConfig.of(base.config("scheduler")));
    for (Trial trial : sweep.trials()) {
      TrainingConfig config = trial.config();
      findings.check(() -> SparkSettings.requireSupport(config.batch().precision(), settings));
      TrainingInputs.checkObjective(config, parts, scheduler, findings);
      Optional<AdapterLayout> layout =
          findings.collect(() -> AdapterWorkerFactory.layout(base, config.trainables()));
      findings.check(
          () ->
              GradientMemory.require(
                  inputs.unet(),
                  config.batch(),
                  config.data().largestResolution(),
                  ExecutorMemory.ofAWorker(settings, config.batch().microBatches())));
      layout.ifPresent(
          known -> {
            findings.check(() -> InitialAdapterFile.check(config.trainables(), known, hadoop));
            TrainingInputs.checkRates(config, known, findings);
            findings.check(
                () ->
                    SubjectMemory.require(
                        known, heap, ExecutorMemory.tasksAtOnce(settings), sweep.trials().size()));
          });
    }
    List<TrialCache> caches = TrialCache.of(sweep, inputs, hadoop, findings);
    for (TrialCache cache : caches) {
      TrainingInputs.checkPictures(
          cache.config(), base, parts, ExecutorMemory.ofATask(settings), findings);
    }
    findings.throwAll();
    if (caches.size() > 1) {
      tell(caches, hadoop);
    }
    return new TrialInputs(sweep, caches);
  }

  private static void tell(List<TrialCache> caches, Configuration hadoop) {
    List<TrialCache> missing = caches.stream().filter(cache -> !cache.isThere(hadoop)).toList();
    LOG.info(
        "The trials need {} latent caches; {} of them are not encoded yet, and will take about"
            + " {} in {}",
        caches.size(),
        missing.size(),
        size(missing.stream().mapToLong(TrialCache::bytes).sum()),
        TrainingData.cacheFolder(caches.get(0).config()));
  }

  private static String size(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes < 1024
        ? String.format(Locale.ROOT, "%.2f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }

  /**
   * Encodes the pictures of all trials, once for each cache.
   *
   * @param first the data of the first cache, which is encoded already
   * @return the data by the trials' names
   * @throws InvalidInputException (DATA) when trials would hold out other pictures
   */
  Map<String, TrialData> prepare(JavaSparkContext spark, TrainingData first) {
    Map<String, TrialData> data = new TreeMap<>();
    for (TrialCache cache : caches) {
      TrainingData encoded =
          cache.equals(caches.get(0))
              ? first
              : TrainingData.prepare(spark, cache.config(), cache.inputs());
      requireSameHeldOut(cache.config(), first, encoded);
      TrialData one =
          TrialData.of(
              encoded,
              LeftOut.lines(cache.inputs().datasets(), encoded.latents()),
              spark.hadoopConfiguration());
      cache.trials().forEach(trial -> data.put(trial, one));
    }
    requireSameCount(data);
    return data;
  }

  /** Of a separate held-out data set, trials may leave out other pictures as too small. */
  private static void requireSameCount(Map<String, TrialData> data) {
    List<Long> counts =
        data.values().stream()
            .filter(trial -> trial.heldOut().split() == 0)
            .map(trial -> Arrays.stream(trial.heldOutSizes()).sum())
            .distinct()
            .toList();
    if (counts.size() > 1) {
      throw InvalidInputException.data(
          "Invalid --validation_dataset_name: trials would be compared on "
              + counts
              + " pictures of it; leave out those that some trials cannot use");
    }
  }

  /** The same numbers of pictures are split alike by the seed. */
  private static void requireSameHeldOut(
      TrainingConfig config, TrainingData first, TrainingData other) {
    long[] sizes = first.latents().sizes();
    if (config.validation().split() > 0 && !Arrays.equals(sizes, other.latents().sizes())) {
      throw InvalidInputException.data(
          "Invalid --validation_split: "
              + config.validation().split()
              + "; trials would hold out other pictures, because their caches have "
              + Arrays.toString(sizes)
              + " and "
              + Arrays.toString(other.latents().sizes())
              + " of them; give --validation_dataset_name");
    }
  }
}
