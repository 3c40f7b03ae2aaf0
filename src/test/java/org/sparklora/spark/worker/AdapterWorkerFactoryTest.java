package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
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
}
