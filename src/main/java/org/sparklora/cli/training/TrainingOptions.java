package org.sparklora.cli.training;

import java.util.OptionalLong;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.Fp16Emulation;
import org.sparklora.cli.option.PrecisionChoice;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.GpuArithmetic;
import org.sparklora.train.BatchConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Batches, length, precision. */
public final class TrainingOptions {
  private final RecordFlags<BatchConfig> flags;
  @Mixin final CommandSpec step;

  private final RecordFlags<TrainingConfig.Length> length;

  @Mixin(name = "length")
  final CommandSpec lengthOptions;

  @Mixin(name = "seed")
  final CommandSpec seed;

  @Option(
      names = "--mixed_precision",
      paramLabel = "no|bf16|fp16",
      description =
          "Type that the frozen network computes in: no, bf16, or fp16 on GPUs (default:"
              + " ${DEFAULT-VALUE}). The adapter is always fp32.")
  private String mixedPrecision = "no";

  @Mixin private Fp16Emulation emulation = new Fp16Emulation();

  @Mixin(name = "checkpointing")
  final CommandSpec checkpointing;

  @Option(
      names = "--cache_captions",
      arity = "0..1",
      fallbackValue = "true",
      description =
          "Save memory by encoding up to 4,096 captions before training, so that no worker holds a"
              + " text encoder. They are kept beside the latents. The result's bits are the same.")
  private boolean cacheCaptions;

  private final RecordFlags<GpuArithmetic> gpu = new RecordFlags<>(GpuArithmetic.EXACT);

  @Mixin(name = "gpu")
  final CommandSpec gpuOptions = gpu.options();

  @Option(names = "--local_rank", hidden = true)
  @WholeNumber(min = Integer.MIN_VALUE, max = Integer.MAX_VALUE)
  private int localRank = -1;

  public TrainingOptions(TrainingDefaults defaults) {
    this.flags = new RecordFlags<>(BatchConfig.single(defaults.trainBatchSize()));
    this.step =
        flags.options(
            "trainBatchSize", "gradientAccumulationSteps", "numWorkers", "threadsPerWorker");
    this.length =
        new RecordFlags<>(
            new TrainingConfig.Length(defaults.numTrainEpochs(), OptionalLong.empty()));
    this.lengthOptions = length.options();
    this.seed = flags.options("seed");
    this.checkpointing = flags.options("gradientCheckpointing");
  }

  public BatchConfig batch(Problems problems, AttentionKernel attention) {
    problems.require(
        localRank == -1, "--local_rank", localRank, "Spark places the workers; leave it out");
    BatchConfig batch =
        flags
            .value(problems)
            .with(
                emulation.of(PrecisionChoice.of(mixedPrecision, problems)),
                attention,
                gpu.value(problems));
    return StepSize.check(problems, batch) ? batch : batch.ofOneMicroBatch();
  }

  public boolean cacheCaptions() {
    return cacheCaptions;
  }

  public TrainingConfig.Length length(Problems problems) {
    return length.value(problems);
  }
}
