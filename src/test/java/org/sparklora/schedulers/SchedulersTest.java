package org.sparklora.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.InvalidInputException;
import org.sparklora.tensor.TorchRandom;

class SchedulersTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<Arguments> references() throws IOException {
    return Stream.of("/golden/schedulers.json", "/train/samplers.json")
        .flatMap(SchedulersTest::cases)
        .map(
            reference ->
                Arguments.of(
                    reference.get("scheduler").asText()
                        + reference.get("config")
                        + reference.get("steps"),
                    reference));
  }

  private static Stream<JsonNode> cases(String name) {
    try (InputStream json = SchedulersTest.class.getResourceAsStream(name)) {
      return JSON.readTree(json).get("cases").valueStream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("references")
  void followsDiffusersStepByStep(String name, JsonNode reference) {
    Scheduler scheduler =
        Schedulers.of(
            reference.get("scheduler").asText(),
            reference.get("config"),
            reference.get("steps").intValue());
    float[] timesteps = scheduler.timesteps();
    assertTimesteps(timesteps, floats(reference.get("timesteps")));
    double sigma = reference.get("init_noise_sigma").doubleValue();
    assertThat(scheduler.initNoiseSigma()).isCloseTo(sigma, within(1e-6 * sigma));

    TorchRandom random = new TorchRandom(0);
    float[] sample = start((float) scheduler.initNoiseSigma());
    for (int i = 0; i < timesteps.length; i++) {
      float[] output = model(scheduler.scaleModelInput(sample, i), timesteps[i]);
      sample = scheduler.step(output, i, sample, (index, length) -> random.normal(length));
      JsonNode expected = reference.get("trajectory_mean_abs_and_element7").get(i);
      double mean = expected.get(0).doubleValue();
      assertThat(meanAbsolute(sample)).isCloseTo(mean, within(tolerance(mean, sigma)));
      assertThat((double) sample[7])
          .isCloseTo(expected.get(1).doubleValue(), within(tolerance(mean, sigma)));
    }
    float[] last = floats(reference.get("final"));
    for (int i = 0; i < last.length; i++) {
      assertThat(sample[i * (sample.length / last.length)])
          .isCloseTo(last[i], within((float) tolerance(meanAbsolute(last), sigma)));
    }
  }

  @Test
  void takesAnothersConfigurationAndItsOwnDefaults() throws IOException {
    JsonNode pndm =
        JSON.readTree(
            """
            {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
             "beta_schedule": "scaled_linear", "skip_prk_steps": true, "steps_offset": 1}
            """);
    assertThat(Schedulers.of(pndm, 20).timesteps()).startsWith(951, 901, 901).endsWith(1);
    assertThat(Schedulers.of("DPMSolverMultistepScheduler", pndm, 20).timesteps())
        .startsWith(999, 949);
    assertThat(Schedulers.of("DDIMScheduler", pndm, 20).timesteps()).startsWith(951, 901, 851);
  }

  @Test
  void refusesWhatItCannotSampleWith() throws IOException {
    ObjectNode config = JSON.createObjectNode().put("_class_name", "DEISMultistepScheduler");
    assertThatThrownBy(() -> Schedulers.of(config, 20))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("sampling: DEISMultistepScheduler; use one of DDPMScheduler");
    assertThatThrownBy(() -> Schedulers.of("DDIMScheduler", config, 0))
        .hasMessageContaining("sampling steps: 0");
    assertThatThrownBy(() -> Schedulers.of("DDIMScheduler", config, 2000))
        .hasMessageContaining("sampling steps: 2000");
    assertThatThrownBy(() -> Schedulers.of("PNDMScheduler", config, 20))
        .hasMessageContaining("skip_prk_steps");
    config.put("algorithm_type", "dpmsolver").put("solver_order", 4).put("use_lu_lambdas", true);
    assertThatThrownBy(() -> Schedulers.of("DPMSolverMultistepScheduler", config, 20))
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e.problems()).hasSize(3));
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

  /** Whole timesteps are equal; interpolated ones go through numpy's fp32 logarithm. */
  private static void assertTimesteps(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      boolean whole = expected[i] == Math.rint(expected[i]);
      assertThat(actual[i]).isCloseTo(expected[i], within(whole ? 0 : 1e-6f * expected[i]));
    }
  }

  /** The reference's starting sample: shape (4, 3, 8, 8), channels last in memory before. */
  private static float[] start(float sigma) {
    float[] sample = new float[768];
    for (int i = 0; i < sample.length; i++) {
      int outer = i / 192;
      int inner = i % 192;
      sample[i] = (inner * 4 + outer) / 768f * sigma;
    }
    return sample;
  }

  private static float[] model(float[] sample, float timestep) {
    float factor = timestep / (timestep + 1);
    float[] output = new float[sample.length];
    for (int i = 0; i < output.length; i++) {
      output[i] = sample[i] * factor;
    }
    return output;
  }

  /** Relative, until only rounding is left of a sample that began as large as {@code sigma}. */
  private static double tolerance(double mean, double sigma) {
    return 1e-5 * Math.max(mean, 1e-4 * sigma);
  }

  private static double meanAbsolute(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum / values.length;
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }
}
