package org.sparklora.lora.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FileMetadataTest {
  @Test
  void modulesThatBecomeLoraAreNotCalledLokrAnyMore() {
    Map<String, String> read =
        Map.of(
            FileMetadata.OTHER_KINDS,
            "64 LoKr",
            "ss_network_module",
            "lycoris.kohya",
            "ss_network_args",
            "{\"algo\":\"lokr\"}",
            "ss_learning_rate",
            "0.001");
    assertThat(FileMetadata.ofLora(read)).containsOnlyKeys("ss_learning_rate");
    Map<String, String> lora = Map.of("ss_network_module", "networks.lora");
    assertThat(FileMetadata.ofLora(lora)).isEqualTo(lora);
  }
}
