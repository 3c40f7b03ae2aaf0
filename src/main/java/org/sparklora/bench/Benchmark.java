package org.sparklora.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.DataConfig;
import org.sparklora.data.PictureConfig;
import org.sparklora.model.RandomModel;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.spark.bench.SimulatedTraining;
import org.sparklora.spark.bench.TrainingBench;
import org.sparklora.tensor.LibTorch;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.FolderTree;

/** Measures preparation, training and drawing with a base model. */
public final class Benchmark {
  private static final Logger LOG = LoggerFactory.getLogger(Benchmark.class);
  private static final long PATIENCE_SECONDS = 1800;

  private Benchmark() {}

  /**
   * Measures everything, one after the other, in a scratch folder that is deleted afterwards.
   * Pictures and latents are made there, and weights, too, if the model has only configurations.
   * Executors must see this folder.
   *
   * @throws org.sparklora.util.InvalidInputException when an input cannot be used
   */
  public static BenchReport run(BenchConfig config) {
    try {
      Path scratch = Files.createTempDirectory("spark-lora-bench");
      try {
        return run(config, scratch);
      } finally {
        FolderTree.delete(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to the scratch folder: " + e.getMessage(), e);
    }
  }

  private static BenchReport run(BenchConfig config, Path scratch) throws IOException {
    BatchConfig batch = config.batch();
    ModelFolder folder = config.model().open(new Configuration());
    boolean random = RandomModel.isNeeded(folder);
    ModelConfig model = random ? randomModel(config, scratch.resolve("model")) : config.model();
    if (config.simulation().isPresent()) {
      return simulate(config, config.simulation().get(), model, scratch);
    }
    TrainingBench.Result training =
        TrainingBench.run(
            new TrainingBench.Config(
                model,
                data(config, scratch.resolve("pictures")),
                config.pictures(),
                batch,
                config.lora(),
                config.master(),
                config.steps(),
                scratch.resolve("latents").toUri().toString(),
                PATIENCE_SECONDS));
    BenchReport report = new BenchReport();
    report
        .set("model", config.model().name() + (random ? " (random weights)" : ""))
        .set("resolution", config.resolution())
        .set("batch", batch.trainBatchSize())
        .set("micro-batches a step", training.microBatches())
        .set("parameters", training.parameters())
        .set("precision", batch.precision().name().toLowerCase(Locale.ROOT))
        .set("attention", batch.attention())
        .set("gradient checkpointing", batch.gradientCheckpointing())
        .set("master", config.master().orElse("as submitted or default"))
        .set("workers", training.workers())
        .set("threads a worker", batch.threadsPerWorker())
        .set("processors here", Runtime.getRuntime().availableProcessors());
    report
        .add(
            "prepare, loading included",
            "images/s",
            List.of(training.pictures() / training.prepare()))
        .add("first step, loading included", "s", List.of(training.firstStep()))
        .add("step", "s", training.steps())
        .add("forward of a micro-batch", "s", training.forward())
        .add("backward of a micro-batch", "s", training.backward())
        .add("sync: exchange, sum and update", "s", training.sync())
        .add("update on the driver", "s", training.update())
        .add("peak resident memory of the driver", "GiB", List.of(training.driverPeakGiB()))
        .add(
            "peak resident memory of an executor",
            "GiB",
            List.copyOf(training.executorPeaksGiB().values()))
        .add(
            "memory of the GPU in use after the steps",
            "GiB",
            List.copyOf(training.gpuGiB().values()));
    if (config.inferenceSteps() > 0) {
      report.add(
          "generate, " + config.inferenceSteps() + " inference steps",
          "s/image",
          draw(config, model));
    }
    return report;
  }

  private static BenchReport simulate(
      BenchConfig config, BenchConfig.Simulation simulation, ModelConfig model, Path scratch) {
    int warmUp = Math.min(20, config.steps() / 2);
    SimulatedTraining.Result result =
        SimulatedTraining.run(
            new SimulatedTraining.Config(
                model,
                config.batch(),
                config.lora(),
                config.master(),
                simulation.millis(),
                config.pictures(),
                config.resolution() / 8,
                config.steps(),
                warmUp,
                simulation.checkpointingSteps(),
                scratch.resolve("latents").toUri().toString(),
                scratch.resolve("output").toUri().toString(),
                PATIENCE_SECONDS));
    TimeSplit split = result.split();
    double between = result.wall() - split.seconds();
    return new BenchReport()
        .set("simulated ms a micro-batch", simulation.millis())
        .set("batch", config.batch().trainBatchSize())
        .set("micro-batches a step", config.batch().microBatches())
        .set("parameters", result.parameters())
        .set("samples", config.pictures())
        .set("workers", result.workers())
        .set("steps", result.steps())
        .set("steps before them", warmUp)
        .set("checkpointing steps", simulation.checkpointingSteps())
        .add("utilisation", "%", List.of(100 * result.utilisation()))
        .add("waiting for data", "%", List.of(100 * split.data() / result.wall()))
        .add("exchange", "%", List.of(100 * split.exchange() / result.wall()))
        .add("driver", "%", List.of(100 * split.driver() / result.wall()))
        .add("starting", "%", List.of(100 * split.start() / result.wall()))
        .add("between steps", "%", List.of(100 * Math.max(0, between) / result.wall()))
        .add("step", "s", List.of(result.wall() / result.steps()));
  }

  private static ModelConfig randomModel(BenchConfig config, Path to) throws IOException {
    LOG.info("{} has no weights: making random ones", config.model().name());
    Path layout =
        Path.of(new org.apache.hadoop.fs.Path(config.model().location()).toUri().getPath());
    TensorType type =
        config.batch().precision() == Precision.BF16 ? TensorType.BF16 : TensorType.F32;
    RandomModel.write(layout, to, type);
    return new ModelConfig(config.model().name(), to.toUri().toString(), "");
  }

  private static DataConfig data(BenchConfig config, Path pictures) {
    return DataConfig.of(
        pictures.toUri().toString(),
        PictureConfig.centred(config.resolution()),
        config.batch().seed());
  }

  private static List<Double> draw(BenchConfig config, ModelConfig model) {
    PipelineConfig settings =
        new PipelineConfig(
            model,
            AdapterUse.none(),
            config.batch().precision(),
            config.batch().threadsPerWorker(),
            config.batch().attention());
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.open(settings, new Configuration(), LibTorch.device())) {
      long began = System.nanoTime();
      int drawn =
          pipeline
              .generate(
                  List.of(new ImageRequest("a red apple", "", 0)),
                  SamplingConfig.of(config.inferenceSteps(), 7.5),
                  new ImageSize(config.resolution(), config.resolution()),
                  (step, steps) -> {})
              .size();
      return List.of((System.nanoTime() - began) * 1e-9 / drawn);
    }
  }
}
