package org.sparklora.train.step;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;

/**
 * DoRA, convolutions, and ranks and alphas by pattern, against PEFT and torch: loss, gradients and
 * ten steps as src/test/python/lora_variant_fixtures.py has run them.
 */
@Tag("long")
class LoraVariantsTest {
  private static final String FILE = "lora_variants.json";

  @ParameterizedTest
  @ValueSource(strings = {"dora", "locon", "locon_with_dora"})
  void trainAsPeft(String name) throws IOException {
    JsonNode variant = VariantRun.recorded(FILE, name);
    run(variant.get("options"), 0).requireSame(variant);
  }

  /** The whole gradient in bf16 against that in fp32, with dropout, which both draw alike. */
  @ParameterizedTest
  @ValueSource(strings = {"dora", "locon", "locon_with_dora"})
  void haveTheSameGradientInBf16(String name) throws IOException {
    JsonNode options = VariantRun.recorded(FILE, name).get("options");
    for (double dropout : new double[] {0, 0.2}) {
      run(options, dropout).requireSameInBf16();
    }
  }

  private static VariantRun run(JsonNode options, double dropout) {
    return new VariantRun(
        config(options, dropout),
        LoraVariantsTest::start,
        module -> module.dora() ? List.of("A", "B", "magnitude") : List.of("A", "B"));
  }

  private static LoraConfig config(JsonNode options, double dropout) {
    return new LoraConfig(
        options.get("r").asInt(),
        options.get("lora_alpha").asDouble(),
        dropout,
        false,
        options.path("use_dora").asBoolean(),
        options.get("target_modules").valueStream().map(JsonNode::asText).toList(),
        pattern(options.path("rank_pattern"), JsonNode::asInt),
        pattern(options.path("alpha_pattern"), JsonNode::asDouble));
  }

  private static <T> Map<String, T> pattern(JsonNode json, Function<JsonNode, T> value) {
    Map<String, T> pattern = new LinkedHashMap<>();
    json.properties().forEach(entry -> pattern.put(entry.getKey(), value.apply(entry.getValue())));
    return pattern;
  }

  /** The script's start(). */
  private static float[] start(AdapterLayout layout, TensorFile weights) {
    float[] values = new float[layout.parameters()];
    for (int k = 0; k < layout.modules().size(); k++) {
      AdapterLayout.Module module = layout.modules().get(k);
      for (int i = 0; i < module.downSize(); i++) {
        values[module.downOffset() + i] = ((i * 29 + k * 7) % 61 - 30) / 256f;
      }
      for (int i = 0; i < module.upSize(); i++) {
        values[module.upOffset() + i] = ((i * 29 + k * 7) % 61 - 30) / 512f;
      }
      float[] weight = TensorFloats.read(weights, module.name() + ".weight");
      for (int i = 0; i < module.magnitudeSize(); i++) {
        int inputs = weight.length / module.magnitudeSize();
        double squares = 0;
        for (int j = i * inputs; j < (i + 1) * inputs; j++) {
          squares += (double) weight[j] * weight[j];
        }
        double factor = 1 + ((i * 13 + k) % 16 - 8) / 64.0;
        values[module.magnitudeOffset() + i] = (float) (Math.sqrt(squares) * factor);
      }
    }
    return values;
  }
}
