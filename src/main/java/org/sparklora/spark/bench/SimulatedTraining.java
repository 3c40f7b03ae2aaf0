package org.sparklora.spark.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.run.AdapterFiles;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.SparkStart;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.loop.CheckpointSaver;
import org.sparklora.train.loop.LoopListener;
import org.sparklora.train.loop.Milestones;
import org.sparklora.train.loop.TrainingLoop;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;

/**
 * A training run on simulated accelerators. It measures, without a GPU, how long real ones would be
 * idle, and why. See {@link SimulatedAccelerator}.
 */
public final class SimulatedTraining {
  private static final OptimizerConfig ADAM_W =
      new OptimizerConfig(1e-4, 0.9, 0.999, 1e-2, 1e-8, 1);
  private static final LearningRateConfig CONSTANT =
      new LearningRateConfig(LrScheduler.CONSTANT, 0, 1000, 1, 1);

  private SimulatedTraining() {}

  /**
   * What is simulated.
   *
   * @param model the base model, of which only the UNet's tensor shapes are read
   * @param millis the time of a micro-batch
   * @param samples in the latent cache
   * @param latentSide an eighth of the pictures' side
   * @param steps of the run
   * @param warmUp steps that are not counted
   * @param checkpointingSteps steps between checkpoints
   * @param cache the folder of the latent cache, which is written if it does not exist
   * @param output where checkpoints are written
   * @param patience seconds without a completed step after which the run is given up
   */
  public record Config(
      ModelConfig model,
      BatchConfig batch,
      LoraConfig lora,
      Optional<String> master,
      long millis,
      int samples,
      int latentSide,
      int steps,
      int warmUp,
      int checkpointingSteps,
      String cache,
      String output,
      long patience) {}

  /**
   * What was measured after the warm-up.
   *
   * @param wall seconds, from the last step of the warm-up to the end
   * @param split where the time of the steps went
   */
  public record Result(int parameters, int workers, int steps, double wall, TimeSplit split) {
    /** Share of the wall time in which workers compute. */
    public double utilisation() {
      return split.compute() / wall;
    }
  }

  /**
   * Runs the simulation.
   *
   * @throws org.sparklora.util.InvalidInputException when a setting cannot be used
   */
  public static Result run(Config config) {
    SparkConf settings = SparkSettings.forTraining(config.master(), config.batch());
    try (JavaSparkContext spark = SparkStart.open(settings)) {
      Configuration hadoop = spark.hadoopConfiguration();
      Path cache = new Path(config.cache());
      if (!cache.getFileSystem(hadoop).exists(cache)) {
        MadeUpLatents.write(config.cache(), config.samples(), config.latentSide(), hadoop);
      }
      return train(config, spark, hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot simulate: " + e.getMessage(), e);
    }
  }

  private static Result train(Config config, JavaSparkContext spark, Configuration hadoop)
      throws IOException {
    ModelFolder base = config.model().open(hadoop);
    Trainables trainables = Trainables.unet(config.lora());
    AdapterLayout layout = AdapterWorkerFactory.layout(base, trainables);
    AdapterOptimizer optimizer =
        new AdapterOptimizer(
            ADAM_W,
            CONSTANT,
            config.batch().precision(),
            config.batch().microBatches(),
            ParameterTensor.of(layout),
            layout.initialValues(config.batch().seed()));
    AdapterFiles files = new AdapterFiles(layout, trainables, "simulated", config.model().place());
    CheckpointSaver.Plan saving =
        new CheckpointSaver.Plan(
            config.checkpointingSteps(), OptionalInt.of(2), Map.of(), files::of);
    Checkpoints checkpoints = new Checkpoints(hadoop, new Path(config.output()));
    Measured measured = new Measured(config.warmUp());
    try (SegmentRunner runner =
        new SegmentRunner(
            spark,
            new SimulatedAccelerator(workers(config, trainables, hadoop), config.millis()),
            config.batch().threadsPerWorker(),
            config.patience())) {
      runner.awaitExecutors(config.batch().microBatches());
      new TrainingLoop(
              optimizer,
              config.steps(),
              runner,
              new CheckpointSaver(checkpoints, saving, optimizer, measured),
              Milestones.NONE,
              measured)
          .run();
      double wall = (System.nanoTime() - measured.began) / 1e9;
      int workers = runner.workers(config.batch().microBatches());
      int steps = config.steps() - config.warmUp();
      return new Result(layout.parameters(), workers, steps, wall, measured.split);
    }
  }

  private static final class Measured implements LoopListener {
    private final int warmUp;
    private long began = System.nanoTime();
    private TimeSplit split = TimeSplit.NONE;

    Measured(int warmUp) {
      this.warmUp = warmUp;
    }

    @Override
    public void onStep(StepResult result, StepTiming timing) {
      if (result.step() + 1 == warmUp) {
        began = System.nanoTime();
      } else if (result.step() >= warmUp) {
        split = split.plus(timing.split());
      }
    }
  }

  private static AdapterWorkerFactory workers(
      Config config, Trainables trainables, Configuration hadoop) {
    return new AdapterWorkerFactory(
        new SerializableConfiguration(hadoop),
        config.model(),
        config.batch(),
        trainables,
        0,
        AdapterWorkerFactory.Objectives.of(
            new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0)),
        config.cache(),
        List.of(),
        0,
        CaptionConfig.AS_IS,
        List.of());
  }
}
