package org.sparklora.spark.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.spark.prepare.EncodingMemory;
import org.sparklora.spark.prepare.LatentPreparation;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.SparkStart;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.util.Findings;
import org.sparklora.util.ProcessMemory;

/** Measures the parts of training on the existing executors, with the code that trains. */
public final class TrainingBench {
  private static final int WARM_UP = 5;
  private static final int EXCHANGES = 20;
  private static final OptimizerConfig ADAM_W =
      new OptimizerConfig(1e-4, 0.9, 0.999, 1e-2, 1e-8, 1);
  private static final LearningRateConfig CONSTANT =
      new LearningRateConfig(LrScheduler.CONSTANT, 0, 1000, 1, 1);

  private final Config config;
  private final JavaSparkContext spark;
  private final AdapterLayout layout;

  private TrainingBench(Config config, JavaSparkContext spark, AdapterLayout layout) {
    this.config = config;
    this.spark = spark;
    this.layout = layout;
  }

  /**
   * The settings of the measurement.
   *
   * @param data whose {@code datasetName} is a folder that does not exist yet, because pictures are
   *     made
   * @param pictures number of pictures
   * @param steps timed steps, after one that is not timed
   * @param cacheFolder a fresh folder for latents
   * @param patience seconds without a step after which the measurement gives up
   */
  public record Config(
      ModelConfig model,
      DataConfig data,
      int pictures,
      BatchConfig batch,
      LoraConfig lora,
      Optional<String> master,
      int steps,
      String cacheFolder,
      long patience) {}

  /**
   * The measurements, in seconds unless stated otherwise.
   *
   * @param workers number of workers that computed at once
   * @param firstStep with the workers' loading of the model
   * @param steps from one to the next
   * @param forward of each micro-batch
   * @param backward of each micro-batch
   * @param update clipping and AdamW on the driver
   * @param sync time of steps whose gradients cost nothing: exchange, sum and update
   * @param pictures prepared
   * @param prepare all pictures, with the loading of the autoencoder
   * @param driverPeakGiB resident memory of the driver; in local mode the workers are in it
   * @param executorPeaksGiB resident memory by executor
   * @param gpuGiB memory of its GPU in use, by executor; empty without GPUs
   */
  public record Result(
      int parameters,
      int workers,
      int microBatches,
      double firstStep,
      List<Double> steps,
      List<Double> forward,
      List<Double> backward,
      List<Double> update,
      List<Double> sync,
      long pictures,
      double prepare,
      double driverPeakGiB,
      TreeMap<String, Double> executorPeaksGiB,
      TreeMap<String, Double> gpuGiB) {}

  /**
   * Runs the measurement.
   *
   * @throws org.sparklora.util.InvalidInputException when an input cannot be used
   */
  public static Result run(Config config) {
    SparkConf settings = SparkSettings.forTraining(config.master(), config.batch());
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(settings);
    ModelFolder base = config.model().open(hadoop);
    Findings findings = new Findings();
    ModelCheck.of(base, findings)
        .vae()
        .ifPresent(
            vae ->
                findings.check(
                    () ->
                        EncodingMemory.require(
                            vae, config.data().resolution(), ExecutorMemory.ofATask(settings))));
    findings.collect(() -> NoiseSchedule.of(SchedulerConfig.of(base.config("scheduler"))));
    findings.throwAll();
    AdapterLayout layout = AdapterWorkerFactory.layout(base, Trainables.unet(config.lora()));
    try (JavaSparkContext spark = SparkStart.open(settings)) {
      return new TrainingBench(config, spark, layout).measure();
    }
  }

  private Result measure() {
    Configuration hadoop = spark.hadoopConfiguration();
    DataConfig data = config.data();
    BenchPictures.write(spark, data.datasetName(), config.pictures(), data.resolution());
    ImageDataset dataset = new DatasetFolder(hadoop).open(data);
    long began = System.nanoTime();
    PrepareResult latents =
        new LatentPreparation(config.model(), data, dataset, config.batch().threadsPerWorker())
            .run(spark, new Path(config.cacheFolder()).toString());
    double prepare = seconds(began);
    CollectionAccumulator<MeasuredWorkers.Measure> measures = new CollectionAccumulator<>();
    spark.sc().register(measures, "micro-batches");
    AdapterWorkerFactory factory =
        new AdapterWorkerFactory(
            new SerializableConfiguration(hadoop),
            config.model(),
            config.batch(),
            Trainables.unet(config.lora()),
            0,
            AdapterWorkerFactory.Objectives.of(
                new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0)),
            latents.location(),
            List.of(),
            0,
            CaptionConfig.AS_IS,
            List.of());
    List<Double> steps = steps(new MeasuredWorkers(factory, measures), 1 + config.steps());
    List<Double> sync = steps(new EqualGradients(), WARM_UP + EXCHANGES);
    List<MeasuredWorkers.Measure> timed =
        measures.value().stream().filter(measure -> measure.step() > 0).toList();
    TreeMap<String, Double> peaks = new TreeMap<>();
    measures
        .value()
        .forEach(measure -> peaks.merge(measure.executor(), measure.peakGiB(), Math::max));
    TreeMap<String, Double> gpus = new TreeMap<>();
    measures.value().stream()
        .filter(measure -> !Double.isNaN(measure.gpuGiB()))
        .forEach(measure -> gpus.merge(measure.executor(), measure.gpuGiB(), Math::max));
    return new Result(
        layout.parameters(),
        (int) Math.min(peaks.size() * slotsOfAnExecutor(), config.batch().microBatches()),
        config.batch().microBatches(),
        steps.get(0),
        steps.subList(1, steps.size()),
        timed.stream().map(MeasuredWorkers.Measure::forwardSeconds).toList(),
        timed.stream().map(MeasuredWorkers.Measure::backwardSeconds).toList(),
        updates(),
        sync.subList(WARM_UP, sync.size()),
        latents.samples(),
        prepare,
        ProcessMemory.PEAK.gib(),
        peaks,
        gpus);
  }

  private long slotsOfAnExecutor() {
    int executors = Math.max(1, spark.sc().statusTracker().getExecutorInfos().length - 1);
    int slots =
        spark
            .sc()
            .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
    return Math.max(1, slots / executors);
  }

  private List<Double> steps(GradientComputerFactory factory, int count) {
    AdapterOptimizer optimizer = optimizer();
    List<Double> seconds = new ArrayList<>();
    try (SegmentRunner runner =
        new SegmentRunner(spark, factory, config.batch().threadsPerWorker(), config.patience())) {
      runner.awaitExecutors(config.batch().microBatches());
      runner.run(optimizer, count, (result, timing) -> seconds.add(timing.seconds()));
    }
    return seconds;
  }

  private List<Double> updates() {
    AdapterOptimizer optimizer = optimizer();
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < WARM_UP + EXCHANGES; i++) {
      float[] gradient = new float[layout.parameters()];
      Arrays.fill(gradient, 1e-3f);
      long began = System.nanoTime();
      optimizer.apply(new MicroBatchGradient(1, gradient));
      seconds.add(seconds(began));
    }
    return seconds.subList(WARM_UP, seconds.size());
  }

  private AdapterOptimizer optimizer() {
    return new AdapterOptimizer(
        ADAM_W,
        CONSTANT,
        config.batch().precision(),
        config.batch().microBatches(),
        ParameterTensor.of(layout),
        layout.initialValues(config.batch().seed()));
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) * 1e-9;
  }
}
