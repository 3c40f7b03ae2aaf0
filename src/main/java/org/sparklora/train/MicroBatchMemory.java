package org.sparklora.train;

import org.sparklora.tensor.MemoryShortage;
import org.sparklora.util.InvalidInputException;

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
    return MemoryShortage.within(failure)
        .<RuntimeException>map(
            shortage ->
                InvalidInputException.resources(
                    "Not enough memory: "
                        + shortage.text()
                        + " for a micro-batch of "
                        + trainBatchSize
                        + (trainBatchSize == 1 ? " picture" : " pictures")
                        + " (--train_batch_size); give "
                        + (trainBatchSize == 1
                            ? ""
                            : "a smaller --train_batch_size with more"
                                + " --gradient_accumulation_steps, ")
                        + "--gradient_checkpointing, --mixed_precision=bf16 or fp16, or a smaller"
                        + " --resolution"))
        .orElse(failure);
  }
}
