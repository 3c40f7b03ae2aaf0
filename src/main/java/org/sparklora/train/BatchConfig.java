package org.sparklora.train;

import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.WholeNumber;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.GpuArithmetic;
import org.sparklora.tensor.Precision;

/**
 * The make-up of a step.
 *
 * @param numWorkers logical workers. The result does not depend on how many executors exist
 * @param precision {@code --mixed_precision}
 * @param attention {@code --attention}; part of the result's bits
 * @param gradientCheckpointing not part of the result's bits
 * @param gpu part of the result's bits on GPUs
 */
public record BatchConfig(
    @Flag(
            names = "--train_batch_size",
            label = "N",
            help = "Number of pictures in a micro-batch (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 1, max = 1_000_000)
        @InRecipe(always = true)
        int trainBatchSize,
    @Flag(
            names = "--gradient_accumulation_steps",
            label = "N",
            help =
                "Number of micro-batches that a worker adds up before an update (default:"
                    + " ${DEFAULT-VALUE}).")
        @WholeNumber(min = 1, max = 1_000_000)
        int gradientAccumulationSteps,
    @Flag(
            names = "--num_workers",
            label = "N",
            help =
                "Number of logical workers, which accelerate calls processes (default:"
                    + " ${DEFAULT-VALUE}). A step has num_workers x gradient_accumulation_steps"
                    + " micro-batches, which are spread over all executor slots. The result does"
                    + " not depend on the number of slots.")
        @WholeNumber(min = 1, max = 1_000_000)
        int numWorkers,
    @Flag(
            names = "--threads_per_worker",
            label = "N",
            help =
                "Threads of a worker (default: ${DEFAULT-VALUE}). The result's bits depend on it.")
        @WholeNumber(min = 1, max = MOST_THREADS)
        @InRecipe(always = true)
        int threadsPerWorker,
    @Flag(
            names = "--seed",
            label = "SEED",
            help = "Seed of all random numbers (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
        @InRecipe(always = true)
        long seed,
    Precision precision,
    AttentionKernel attention,
    @Flag(
            names = "--gradient_checkpointing",
            help =
                "Save memory by computing the network's blocks again in backward. The result's bits"
                    + " are the same.")
        boolean gradientCheckpointing,
    GpuArithmetic gpu)
    implements Serializable {
  /** The largest number of threads that the flag accepts. */
  public static final int MOST_THREADS = 1024;

  /** Makes a configuration whose steps have the same bits in every run, on GPUs, too. */
  public BatchConfig(
      int trainBatchSize,
      int gradientAccumulationSteps,
      int numWorkers,
      int threadsPerWorker,
      long seed,
      Precision precision,
      AttentionKernel attention,
      boolean gradientCheckpointing) {
    this(
        trainBatchSize,
        gradientAccumulationSteps,
        numWorkers,
        threadsPerWorker,
        seed,
        precision,
        attention,
        gradientCheckpointing,
        GpuArithmetic.EXACT);
  }

  /**
   * Makes a configuration with one micro-batch a step, in fp32.
   *
   * @param trainBatchSize number of pictures of the micro-batch
   */
  public static BatchConfig single(int trainBatchSize) {
    return new BatchConfig(
        trainBatchSize, 1, 1, 1, 0, Precision.FP32, new AttentionKernel.Sdpa(), false);
  }

  /** Micro-batches a step, M. */
  public int microBatches() {
    return numWorkers * gradientAccumulationSteps;
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = FlagRecipe.of(this, this);
    recipe.put("num_workers x gradient_accumulation_steps", String.valueOf(microBatches()));
    recipe.put("mixed_precision", precision.name().toLowerCase(Locale.ROOT));
    recipe.put("attention", attention.toString());
    recipe.putAll(FlagRecipe.of(gpu, GpuArithmetic.EXACT));
    return recipe;
  }

  /**
   * Returns the same configuration with one micro-batch a step, in place of a number that
   * overflows.
   */
  public BatchConfig ofOneMicroBatch() {
    return new BatchConfig(
        trainBatchSize,
        1,
        1,
        threadsPerWorker,
        seed,
        precision,
        attention,
        gradientCheckpointing,
        gpu);
  }

  /**
   * The same in another precision, with another attention kernel, on GPUs of another arithmetic.
   */
  public BatchConfig with(
      Precision otherPrecision, AttentionKernel otherAttention, GpuArithmetic otherGpu) {
    return new BatchConfig(
        trainBatchSize,
        gradientAccumulationSteps,
        numWorkers,
        threadsPerWorker,
        seed,
        otherPrecision,
        otherAttention,
        gradientCheckpointing,
        otherGpu);
  }
}
