package org.sparklora.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.schedulers.noise.BetaSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Json;

class SchedulerConfigTest {
  @Test
  void readsStableDiffusionsConfig() {
    SchedulerConfig config =
        read(
            """
            {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012,
             "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
             "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
             "trained_betas": null, "clip_sample": false, "lambda_min_clipped": -Infinity}
            """);
    assertThat(config.className()).isEqualTo("PNDMScheduler");
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
    assertThat(config.trainedBetas()).isEmpty();
    assertThat(config.predictionType()).isEqualTo(PredictionType.EPSILON);
    assertThat(config.betaEnd()).isEqualTo(0.012);
  }

  @Test
  void takesMissingValuesFromDiffusersDefaults() {
    SchedulerConfig config = read("{\"_class_name\": \"DDPMScheduler\"}");
    assertThat(config.betaStart()).isEqualTo(0.0001);
    assertThat(config.betaEnd()).isEqualTo(0.02);
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.LINEAR);
    assertThat(config.trainTimesteps()).isEqualTo(1000);
  }

  @Test
  void someClassesHaveDefaultsOfTheirOwn() {
    SchedulerConfig config = read("{\"_class_name\": \"LCMScheduler\"}");
    assertThat(config.betaStart()).isEqualTo(0.00085);
    assertThat(config.betaEnd()).isEqualTo(0.012);
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
  }

  @Test
  void namesEveryValueItCannotTake() {
    assertThatThrownBy(
            () ->
                read(
                    """
                    {"_class_name": "FlowMatchEulerDiscreteScheduler", "beta_start": "low",
                     "beta_schedule": "sigmoid", "num_train_timesteps": 1.5,
                     "prediction_type": "flow_prediction", "trained_betas": [0.1, 0.2],
                     "use_flow_sigmas": true}
                    """))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e ->
                assertThat(String.join("\n", e.problems()))
                    .contains("_class_name in scheduler_config.json: FlowMatchEulerDiscrete")
                    .contains("known are DDPMScheduler, DDIMScheduler")
                    .contains("Invalid beta_start in scheduler_config.json: \"low\"")
                    .contains("beta_schedule in scheduler_config.json: sigmoid; known are linear")
                    .contains("Invalid num_train_timesteps in scheduler_config.json: 1.5")
                    .contains("prediction_type in scheduler_config.json: flow_prediction")
                    .contains("use_flow_sigmas"));
  }

  /** Training needs the betas alone, whatever the class draws with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"_class_name\": \"DEISMultistepScheduler\", \"solver_type\": \"logrho\",",
        "\"_class_name\": \"KDPM2AncestralDiscreteScheduler\",",
        "\"_class_name\": \"EDMEulerScheduler\", \"sigma_data\": 0.5,",
        "\"_class_name\": \"MySchedulerOfTomorrow\", \"new_option\": [1],",
        ""
      })
  void readsTheBetasOfAnyClass(String others) {
    SchedulerConfig config =
        read("{" + others + "\"beta_start\": 0.001, \"beta_schedule\": \"scaled_linear\"}");
    assertThat(config.betaStart()).isEqualTo(0.001);
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"_class_name\": \"EDMEulerScheduler\", \"sigma_data\": 0.5} | Unsupported sigma_data",
        "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"shift\": 3} | Unsupported"
            + " _class_name",
        "{\"_class_name\": \"MyScheduler\"} | Unsupported _class_name",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_end\": -5} | Invalid beta_end",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_end\": NaN} | Invalid beta_end",
        "{\"_class_name\": \"DDPMScheduler\", \"beta_start\": 1} | Invalid beta_start",
        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 2147483647} | Invalid"
            + " num_train",
        "{\"_class_name\": \"DDPMScheduler\", \"trained_betas\": [0.1, 7]} | Invalid trained_betas"
      })
  void refusesNoiseThatCannotBeTrainedWith(String json, String problem) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void refusesTrainedBetasOfAnotherLength() {
    assertThatThrownBy(
            () ->
                read(
                    "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 3,"
                        + " \"trained_betas\": [0.1, 0.2]}"))
        .hasMessageContaining("2 values for num_train_timesteps 3");
  }

  @Test
  void namesPredictionTypesAsDiffusersDoes() {
    assertThat(List.of(PredictionType.values()))
        .allSatisfy(type -> assertThat(PredictionType.of(type.diffusersName())).isEqualTo(type));
    assertThatThrownBy(() -> PredictionType.of("eps"))
        .hasMessageContaining("eps; use one of epsilon, v_prediction, sample");
  }

  private static SchedulerConfig read(String json) {
    try {
      return SchedulerConfig.of(Json.PYTHON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
