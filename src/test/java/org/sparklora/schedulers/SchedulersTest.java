package org.sparklora.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.schedulers.noise.KnownScheduler;
import org.sparklora.util.InvalidInputException;

class SchedulersTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void takesAnothersConfigurationAndItsOwnDefaults() throws IOException {
    JsonNode pndm =
        JSON.readTree(
            """
            {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
             "beta_schedule": "scaled_linear", "skip_prk_steps": true, "steps_offset": 1}
            """);
    assertThat(Schedulers.of("PNDMScheduler", pndm, 20).timesteps())
        .startsWith(951, 901, 901)
        .endsWith(1);
    assertThat(Schedulers.of("DPMSolverMultistepScheduler", pndm, 20).timesteps())
        .startsWith(999, 949);
    assertThat(Schedulers.of("DDIMScheduler", pndm, 20).timesteps()).startsWith(951, 901, 851);
  }

  @Test
  void takesItsOwnDefaultForAnothersDefault() throws IOException {
    String loaded = "{\"beta_end\": 0.012, \"timestep_spacing\": \"leading\"%s}";
    JsonNode chosen = JSON.readTree(loaded.formatted(""));
    JsonNode byDefault =
        JSON.readTree(loaded.formatted(", \"_use_default_values\": [\"timestep_spacing\"]"));
    String euler = "EulerDiscreteScheduler";
    assertThat(Schedulers.of(euler, chosen, 4).timesteps()).startsWith(750, 500);
    assertThat(Schedulers.of(euler, byDefault, 4).timesteps()).startsWith(999, 666);
  }

  @Test
  void refusesWhatItCannotSampleWith() throws IOException {
    ObjectNode config = JSON.createObjectNode().put("_class_name", "DEISMultistepScheduler");
    assertThatThrownBy(() -> Schedulers.of("DEISMultistepScheduler", config, 20))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("sampling: DEISMultistepScheduler; use one of DDPMScheduler");
    assertThatThrownBy(() -> Schedulers.of("DDIMScheduler", config, 0))
        .hasMessageContaining("sampling steps: 0");
    assertThatThrownBy(() -> Schedulers.of("PNDMScheduler", config, 3))
        .hasMessageContaining("skip_prk_steps false needs at least 4");
    config.put("algorithm_type", "dpmsolver").put("solver_order", 4).put("thresholding", true);
    assertThatThrownBy(() -> Schedulers.of("DPMSolverMultistepScheduler", config, 20))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  @Test
  void noSchedulerVisitsMoreTimestepsThanThereAre() {
    for (String name : KnownScheduler.names()) {
      for (boolean karras : List.of(false, true)) {
        ObjectNode config = JSON.createObjectNode().put("use_karras_sigmas", karras);
        assertThatThrownBy(() -> Schedulers.of(name, config, 1001))
            .as(name)
            .isInstanceOfSatisfying(
                InvalidInputException.class,
                e -> assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.CONFIGURATION))
            .hasMessageContaining("sampling steps: 1001");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DPMSolverMultistepScheduler, lambda_min_clipped, NaN",
    "EulerDiscreteScheduler, sigma_max, NaN",
    "EulerDiscreteScheduler, sigma_max, Infinity",
    "LCMScheduler, timestep_scaling, NaN",
    "DDIMScheduler, clip_sample_range, -Infinity"
  })
  void refusesWhatIsNoNumber(String name, String key, double value) {
    ObjectNode config = JSON.createObjectNode().put(key, value);
    assertThatThrownBy(() -> Schedulers.of(name, config, 5))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid " + key + " in scheduler_config.json")
        .hasMessageContaining("expected a number");
  }

  @Test
  void takesEachStepOnceAndInOrder() {
    Scheduler scheduler =
        Schedulers.of("DDIMScheduler", JSON.createObjectNode().put("clip_sample", false), 5);
    float[] sample = {1};
    assertThatThrownBy(() -> scheduler.step(sample, 1, sample, NoiseSource.none()))
        .hasMessageContaining("step 1 of 5 taken where 0 is next");
    scheduler.step(sample, 0, sample, NoiseSource.none());
    assertThat(List.of(sample[0])).containsExactly(1f);
  }
}
