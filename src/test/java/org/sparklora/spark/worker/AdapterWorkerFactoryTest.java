package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.Network;
import org.sparklora.model.folder.ModelFolder;

class AdapterWorkerFactoryTest {
  @Test
  void leavesOutTheLayerThatTrainingNeverComputes() {
    ModelFolder base =
        ModelFolder.open(
            "src/test/resources/golden/distilled/model", new Configuration(), Optional.empty());
    LoraConfig config = new LoraConfig(2, 2, 0, false, List.of("re:time_embedding.*"));

    AdapterLayout layout = AdapterWorkerFactory.layout(base, Trainables.unet(config));

    assertThat(layout.modules())
        .extracting(AdapterLayout.Module::name)
        .containsExactlyInAnyOrder("time_embedding.linear_1", "time_embedding.linear_2");
  }

  /** Transformers 5.6 and later save text encoders without {@code text_model.} in the names. */
  @Test
  void namesATextEncodersLayersAlikeHoweverTheyAreSaved() {
    LoraConfig config = new LoraConfig(2, 2, 0, false, List.of("q_proj"));
    assertThat(List.of("distilled", "sd15"))
        .allSatisfy(
            name -> {
              ModelFolder base =
                  ModelFolder.open(
                      "src/test/resources/golden/" + name + "/model",
                      new Configuration(),
                      Optional.empty());
              Trainables text = new Trainables(Map.of(Network.TEXT_ENCODER, config), List.of());
              assertThat(AdapterWorkerFactory.layout(base, text).modules())
                  .extracting(AdapterLayout.Module::name)
                  .contains("text_model.encoder.layers.0.self_attn.q_proj");
            });
  }
}
