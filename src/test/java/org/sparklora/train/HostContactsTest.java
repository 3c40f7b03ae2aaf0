package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** How often a micro-batch copies to the device and reads from it. On a GPU each of these waits. */
class HostContactsTest {
  private static final Path MODEL = Path.of("src/test/resources/golden/sd15/model");

  @ParameterizedTest
  @CsvSource({"0, 1", "0.1, 2"})
  void theBatchAndTheDropoutGoOverAtOnceAndLossAndGradientsComeBackAtOnce(
      double dropout, int copies) {
    Map<String, Integer> calls = new TreeMap<>();
    LoraConfig lora =
        new LoraConfig(4, 4, dropout, false, false, LoraConfig.ATTENTION, Map.of(), Map.of());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        RandomUNet network =
            new RandomUNet(ops, MODEL, Precision.FP32, AttentionKernel.DEFAULT, lora)) {
      ops.setObserver((method, results, nanoseconds) -> calls.merge(method, 1, Integer::sum));
      network.gradient(2, 16, false);
    }
    assertThat(calls).containsEntry("parts", copies).containsEntry("gather", 1);
    assertThat(calls).doesNotContainKeys("extremes", "scatter");
  }
}
