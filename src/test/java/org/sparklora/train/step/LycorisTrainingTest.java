package org.sparklora.train.step;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.lora.lycoris.LycorisFactors;

/**
 * LoHa and LoKr against LyCORIS and torch: loss, gradients and ten steps as
 * src/test/python/lycoris_training_fixtures.py has run them.
 */
@Tag("long")
class LycorisTrainingTest {
  private static final String FILE = "lycoris_variants.json";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loha",
        "loha_conv",
        "loha_tucker",
        "lokr",
        "lokr_factor",
        "lokr_both",
        "lokr_conv",
        "lokr_tucker",
        "lokr_full"
      })
  void trainAsLycoris(String name) throws IOException {
    JsonNode variant = VariantRun.recorded(FILE, name);
    run(variant.get("options")).requireSame(variant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"loha_tucker", "lokr_conv"})
  void haveTheSameGradientInBf16(String name) throws IOException {
    run(VariantRun.recorded(FILE, name).get("options")).requireSameInBf16();
  }

  private static VariantRun run(JsonNode options) {
    Algo algo = Algo.valueOf(options.get("algo").asText().toUpperCase(Locale.ROOT));
    LycorisConfig lycoris =
        new LycorisConfig(
            algo,
            options.path("factor").asInt(-1),
            options.path("decompose_both").asBoolean(),
            options.path("full_matrix").asBoolean(),
            options.path("use_tucker").asBoolean());
    LoraConfig config =
        new LoraConfig(
                options.get("lora_dim").asInt(),
                options.get("alpha").asDouble(),
                0,
                false,
                options.get("targets").valueStream().map(JsonNode::asText).toList())
            .with(lycoris);
    float divisor = algo == Algo.LOHA ? 64 : 128;
    return new VariantRun(
        config,
        (layout, weights) -> start(layout, divisor),
        module -> placed(module).stream().map(placed -> placed.factor().name()).toList());
  }

  private static List<LycorisFactors.Placed> placed(AdapterLayout.Module module) {
    return module.lycoris().orElseThrow().placed(module.downOffset());
  }

  /** The script's start(). */
  private static float[] start(AdapterLayout layout, float divisor) {
    float[] values = new float[layout.parameters()];
    for (int k = 0; k < layout.modules().size(); k++) {
      List<LycorisFactors.Placed> factors = placed(layout.modules().get(k));
      for (int j = 0; j < factors.size(); j++) {
        LycorisFactors.Placed placed = factors.get(j);
        for (int i = 0; i < placed.factor().size(); i++) {
          values[placed.offset() + i] = ((i * 29 + k * 7 + j * 5) % 61 - 30) / divisor;
        }
      }
    }
    return values;
  }
}
