package org.sparklora.spark.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.util.InvalidInputException;

/** Adapters of a process that trains several subjects at once. */
class SubjectMemoryTest {
  private static final AdapterLayout LAYOUT =
      AdapterLayout.of(
          Map.of("mid.attn1.to_q.weight", new long[] {320, 320}),
          new LoraConfig(4, 4, 0, false, List.of("to_q")));

  @Test
  void adaptersThatFitSideBySideAreTaken() {
    assertThatCode(() -> SubjectMemory.require(LAYOUT, needed(4), 4, 1000))
        .doesNotThrowAnyException();
  }

  @Test
  void moreTasksThanThereIsHeapForAreRefused() {
    assertThatThrownBy(() -> SubjectMemory.require(LAYOUT, needed(4), 5, 1000))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --rank: an executor would train 5")
        .hasMessageContaining("raise spark.executor.memory");
  }

  @Test
  void fewSubjectsDoNotFillAllTasks() {
    assertThatCode(() -> SubjectMemory.require(LAYOUT, needed(2), 64, 2))
        .doesNotThrowAnyException();
  }

  private static long needed(int adapters) {
    return adapters * DriverMemory.least(LAYOUT);
  }
}
