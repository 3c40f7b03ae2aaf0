package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class BaseSchedulerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void correctsWhatStableDiffusionWasNotTrainedWith() {
    ObjectNode file =
        JSON.createObjectNode()
            .put("_class_name", "DDIMScheduler")
            .put("steps_offset", 0)
            .put("clip_sample", true);
    for (String scheduler : new String[] {"DDIMScheduler", "EulerDiscreteScheduler"}) {
      ObjectNode corrected = BaseScheduler.corrected(file, scheduler);
      assertThat(corrected.get("steps_offset").asInt()).isEqualTo(1);
      assertThat(corrected.get("clip_sample").asBoolean(true)).isFalse();
    }
    assertThat(file.get("steps_offset").asInt()).isZero();
  }

  @Test
  void whatTheFileLeavesOutIsCorrectedForItsOwnClassAlone() {
    ObjectNode file = JSON.createObjectNode().put("_class_name", "DDIMScheduler");
    assertThat(BaseScheduler.corrected(file, "DDIMScheduler").get("steps_offset").asInt())
        .isEqualTo(1);
    assertThat(BaseScheduler.corrected(file, "PNDMScheduler").has("steps_offset")).isFalse();
  }
}
