package org.sparklora.train;

import java.io.Serializable;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/**
 * The make-up of a step.
 *
 * @param trainBatchSize {@code --train_batch_size}, samples of a micro-batch
 * @param gradientAccumulationSteps {@code --gradient_accumulation_steps}
 * @param numWorkers {@code --num_workers}, the number of logical workers, which accelerate calls
 *     processes. The result does not depend on how many executors exist
 * @param threadsPerWorker {@code --threads_per_worker}, intra-op threads; part of the result's bits
 * @param seed {@code --seed}
 * @param precision {@code --mixed_precision}
 * @param attention {@code --attention}; part of the result's bits
 * @param gradientCheckpointing {@code --gradient_checkpointing}; not part of the result's bits
 */
public record BatchConfig(
    int trainBatchSize,
    int gradientAccumulationSteps,
    int numWorkers,
    int threadsPerWorker,
    long seed,
    Precision precision,
    AttentionKernel attention,
    boolean gradientCheckpointing)
    implements Serializable {
  /** Micro-batches a step, M. */
  public int microBatches() {
    return numWorkers * gradientAccumulationSteps;
  }
}
