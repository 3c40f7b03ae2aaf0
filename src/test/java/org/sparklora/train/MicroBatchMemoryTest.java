package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class MicroBatchMemoryTest {
  private final EngineException full =
      new EngineException(
          "CUDA out of memory. Tried to allocate 512.00 MiB. GPU 1 has a total capacity of 23.64"
              + " GiB of which 40.75 MiB is free.");

  @Test
  void namesTheMicroBatchAndTheFlagsThatHelp() {
    assertThat(MicroBatchMemory.explained(full, 16))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Not enough memory: GPU 1 has 23.64 GiB, of which 40.75 MiB are free, and 512.00 MiB"
                + " more are needed for a micro-batch of 16 pictures (--train_batch_size); give a"
                + " smaller --train_batch_size with more --gradient_accumulation_steps,"
                + " --gradient_checkpointing, --mixed_precision=bf16 or fp16, or a smaller"
                + " --resolution");
  }

  @Test
  void aSinglePictureIsNotMadeLess() {
    assertThat(MicroBatchMemory.explained(full, 1))
        .hasMessageContaining("1 picture (--train_batch_size); give --gradient_checkpointing,");
  }

  @Test
  void otherFailuresStayAsTheyAre() {
    EngineException other = new EngineException("expected a tensor");
    assertThat(MicroBatchMemory.explained(other, 16)).isSameAs(other);
  }
}
