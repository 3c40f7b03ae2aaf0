package org.sparklora.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;

class NoiseScheduleTest {
  static List<JsonNode> references() throws IOException {
    try (InputStream json =
        NoiseScheduleTest.class.getResourceAsStream("/train/noise_schedules.json")) {
      return new ObjectMapper().readTree(json).valueStream().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesDiffusersBitForBitUnlessRescaled(JsonNode reference) {
    NoiseSchedule schedule = schedule(reference);
    // Rescaling takes roots, which torch's vector library does not always round correctly.
    float alphaTolerance = reference.get("config").has("rescale_betas_zero_snr") ? 5e-7f : 0;
    float[] latent = {0.75f};
    float[] noise = {-1.25f};
    for (int i = 0; i < reference.get("timesteps").size(); i++) {
      int t = reference.get("timesteps").get(i).intValue();
      assertThat(schedule.alphaCumprod(t))
          .isCloseTo(value(reference, "alphas_cumprod", i), within(alphaTolerance));
      assertThat(schedule.addNoise(latent, noise, t)[0])
          .isCloseTo(value(reference, "noisy", i), within(1e-6f));
      assertThat(schedule.velocity(latent, noise, t)[0])
          .isCloseTo(value(reference, "velocity", i), within(1e-6f));
    }
  }

  private static float value(JsonNode reference, String key, int index) {
    return reference.get(key).get(index).floatValue();
  }

  private static NoiseSchedule schedule(JsonNode reference) {
    ObjectNode config = reference.get("config").deepCopy();
    return NoiseSchedule.of(SchedulerConfig.of(config.put("_class_name", "DDPMScheduler")));
  }
}
