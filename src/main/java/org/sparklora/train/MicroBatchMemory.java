package org.sparklora.train;

import org.sparklora.tensor.MemoryShortage;

/** Explains the failure of a micro-batch for which a device has too little memory. */
final class MicroBatchMemory {
  private MicroBatchMemory() {}

  /**
   * Returns the exception to throw for a failed gradient. If memory ran out, its message says what
   * to do.
   *
   * @param trainBatchSize {@code --train_batch_size}
   */
  static RuntimeException explained(RuntimeException failure, int trainBatchSize) {
    boolean one = trainBatchSize == 1;
    return MemoryShortage.explained(
        failure,
        "a micro-batch of "
            + trainBatchSize
            + (one ? " picture" : " pictures")
            + " (--train_batch_size)",
        (one ? "" : "a smaller --train_batch_size with more --gradient_accumulation_steps, ")
            + "--gradient_checkpointing, --mixed_precision=bf16 or fp16, or a smaller"
            + " --resolution");
  }
}
