package org.sparklora.cli.training;

import java.util.OptionalLong;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.Fp16Emulation;
import org.sparklora.cli.option.PrecisionChoice;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.train.BatchConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Batches, length, precision. */
public final class TrainingOptions {
  /** More than the largest machine has. */
  public static final int MOST_THREADS = 1024;

  @Option(
      names = "--train_batch_size",
      paramLabel = "N",
      description = "Number of pictures in a micro-batch (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private int trainBatchSize;

  @Option(
      names = "--gradient_accumulation_steps",
      paramLabel = "N",
      description =
          "Number of micro-batches that a worker adds up before an update (default:"
              + " ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private int gradientAccumulationSteps = 1;

  @Option(
      names = "--num_workers",
      paramLabel = "N",
      description =
          "Number of logical workers, which accelerate calls processes (default: ${DEFAULT-VALUE})."
              + " A step has num_workers x gradient_accumulation_steps micro-batches, which are"
              + " spread over all executor slots. The result does not depend on the number of"
              + " slots.")
  @WholeNumber(min = 1, max = 1_000_000)
  private int numWorkers = 1;

  @Option(
      names = "--threads_per_worker",
      paramLabel = "N",
      description =
          "Threads of a worker (default: ${DEFAULT-VALUE}). The result's bits depend on it.")
  @WholeNumber(min = 1, max = MOST_THREADS)
  private int threadsPerWorker = 1;

  @Option(
      names = "--num_train_epochs",
      paramLabel = "N",
      description =
          "Length of training in epochs, if no steps are given (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private long numTrainEpochs;

  @Option(
      names = "--max_train_steps",
      paramLabel = "N",
      description = "Number of optimizer steps; overrides --num_train_epochs.")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private Long maxTrainSteps;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Seed of all random numbers (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
  private long seed;

  @Option(
      names = "--mixed_precision",
      paramLabel = "no|bf16|fp16",
      description =
          "Type that the frozen network computes in: no, bf16, or fp16 on GPUs (default:"
              + " ${DEFAULT-VALUE}). The adapter is always fp32.")
  private String mixedPrecision = "no";

  @Mixin private Fp16Emulation emulation = new Fp16Emulation();

  @Option(
      names = "--gradient_checkpointing",
      arity = "0..1",
      fallbackValue = "true",
      description =
          "Save memory by computing the network's blocks again in backward. The result's bits are"
              + " the same.")
  private boolean gradientCheckpointing;

  @Option(
      names = "--allow_tf32",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Accepted without effect.")
  private boolean allowTf32;

  @Option(names = "--local_rank", hidden = true)
  @WholeNumber(min = Integer.MIN_VALUE, max = Integer.MAX_VALUE)
  private int localRank = -1;

  public TrainingOptions(TrainingDefaults defaults) {
    this.trainBatchSize = defaults.trainBatchSize();
    this.numTrainEpochs = defaults.numTrainEpochs();
  }

  public BatchConfig batch(Problems problems, AttentionKernel attention) {
    problems.require(
        localRank == -1, "--local_rank", localRank, "Spark places the workers; leave it out");
    if (allowTf32) {
      FlagLog.info("--allow_tf32 has no effect here");
    }
    boolean canBeCounted =
        StepSize.check(problems, numWorkers, gradientAccumulationSteps, trainBatchSize);
    return new BatchConfig(
        trainBatchSize,
        canBeCounted ? gradientAccumulationSteps : 1,
        canBeCounted ? numWorkers : 1,
        threadsPerWorker,
        seed,
        emulation.of(PrecisionChoice.of(mixedPrecision, problems)),
        attention,
        gradientCheckpointing);
  }

  public TrainingConfig.Length length() {
    if (maxTrainSteps == null) {
      return new TrainingConfig.Length(OptionalLong.empty(), numTrainEpochs);
    }
    return new TrainingConfig.Length(OptionalLong.of(maxTrainSteps), numTrainEpochs);
  }
}
