package org.sparklora.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;

class RunAdviceTest {
  @Test
  void saysWhichSlotsAreIdle() {
    assertThat(RunAdvice.of(batch(4, 1), 16, "spark://host:7077").orElseThrow())
        .startsWith("4 micro-batches a step, 16 slots of spark://host:7077: 12 idle")
        .contains("raise --num_workers to 4,");
    assertThat(RunAdvice.of(batch(1, 1), 2, "local-cluster[2,1,2048]").orElseThrow())
        .startsWith("1 micro-batch a step, 2 slots of local-cluster[2,1,2048]: 1 idle");
  }

  @Test
  void saysNothingWhereAllSlotsAreUsed() {
    assertThat(RunAdvice.of(batch(4, 4), 16, "yarn")).isEmpty();
    assertThat(RunAdvice.of(batch(1, 4), 2, "yarn")).isEmpty();
  }

  @Test
  void saysThatValidationTakesMostOfARun() {
    // 4 prompts of 4 pictures of 25 guided steps, twice and the base model's, against 500 x 8 x 3.
    assertThat(RunAdvice.shareOfValidation(16, 25, true, 2, 500, 8)).isBetween(0.16, 0.17);
    assertThat(RunAdvice.shareOfValidation(16, 25, true, 50, 500, 8)).isGreaterThan(0.7);
    assertThat(RunAdvice.shareOfValidation(0, 25, true, 50, 500, 8)).isZero();
  }

  private static BatchConfig batch(int accumulation, int workers) {
    return new BatchConfig(
        1, accumulation, workers, 1, 0, Precision.FP32, new AttentionKernel.Sdpa(), false);
  }
}
