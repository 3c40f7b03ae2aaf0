package org.sparklora.train;

import org.sparklora.tensor.MemoryShortage;

/** Says what to do where a device has no memory for a micro-batch. */
final class MicroBatchMemory {
  private MicroBatchMemory() {}

  /**
   * The failure of a gradient, or what to do about it.
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
