package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.Precision;
import org.sparklora.train.Fixtures;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LearningRateSchedule;
import org.sparklora.train.rate.LrScheduler;

class NormLimitTest {
  private static AdapterLayout layout(JsonNode reference) {
    long[] weight =
        IntStream.range(0, reference.get("weight").size())
            .mapToLong(i -> reference.get("weight").get(i).longValue())
            .toArray();
    LoraConfig config =
        new LoraConfig(
            reference.get("rank").intValue(),
            reference.get("alpha").doubleValue(),
            0,
            false,
            List.of("layer"));
    return AdapterLayout.of(Map.of("layer.weight", weight), config);
  }

  private static float[] start(AdapterLayout layout) {
    AdapterLayout.Module module = layout.modules().get(0);
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < module.downSize(); i++) {
      values[i] = ((i * 29) % 61 - 30) / 32f;
    }
    for (int i = 0; i < module.upSize(); i++) {
      values[module.upOffset() + i] = ((i * 31) % 67 - 33) / 64f;
    }
    return values;
  }

  @Test
  void whatIsLongerIsBroughtToTheNormAsInTheirScripts() {
    List<Boolean> shortened = new ArrayList<>();
    for (JsonNode reference : Fixtures.cases("weight_norms.json")) {
      AdapterLayout layout = layout(reference);
      float[] values = start(layout);
      new NormLimit(1, layout.modules()).apply(values);
      int end = layout.modules().get(0).upOffset();
      Fixtures.assertClose(Arrays.copyOf(values, end), reference.get("down"), 1e-6);
      Fixtures.assertClose(
          Arrays.copyOfRange(values, end, values.length), reference.get("up"), 1e-6);
      shortened.add(reference.get("norm").doubleValue() > 1);
    }
    assertThat(shortened).contains(true, false);
  }

  @Test
  void anOptimizerLimitsTheNormAfterEachUpdate() {
    AdapterLayout layout = layout(Fixtures.cases("weight_norms.json").get(0));
    OptimizerConfig config =
        new OptimizerConfig(
            0,
            1,
            new UpdateRuleConfig.AdamW(0.9, 0.999, 0, 1e-8),
            Optional.empty(),
            Optional.of(1.0));
    LearningRateSchedule schedule =
        new LearningRateSchedule(new LearningRateConfig(LrScheduler.CONSTANT, 0, 9, 1, 1), 0);
    AdapterOptimizer optimizer =
        new AdapterOptimizer(
            config,
            Precision.FP32,
            1,
            ParameterGroup.whole(ParameterTensor.of(layout), schedule),
            layout.modules(),
            start(layout));
    optimizer.apply(new MicroBatchGradient(1, new float[layout.parameters()]));
    float[] expected = start(layout);
    new NormLimit(1, layout.modules()).apply(expected);
    assertThat(optimizer.state().values()).isEqualTo(expected).isNotEqualTo(start(layout));
  }
}
