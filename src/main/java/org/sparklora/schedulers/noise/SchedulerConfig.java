package org.sparklora.schedulers.noise;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * The part of {@code scheduler_config.json} that fixes the noise of each timestep. Training needs
 * no more. Missing values are those of diffusers' {@code DDPMScheduler}, which its training scripts
 * use for any {@code _class_name}.
 *
 * @param className {@code _class_name}
 * @param trainTimesteps {@code num_train_timesteps}
 * @param betaStart {@code beta_start}
 * @param betaEnd {@code beta_end}
 * @param betaSchedule {@code beta_schedule}
 * @param trainedBetas {@code trained_betas}, which replace a schedule
 * @param rescaleBetasZeroSnr {@code rescale_betas_zero_snr}: whether the schedule ends in pure
 *     noise (Lin et al. 2023, arXiv 2305.08891)
 * @param predictionType {@code prediction_type}
 */
public record SchedulerConfig(
    String className,
    int trainTimesteps,
    double betaStart,
    double betaEnd,
    BetaSchedule betaSchedule,
    Optional<List<Float>> trainedBetas,
    boolean rescaleBetasZeroSnr,
    PredictionType predictionType) {

  /** The keys that determine the noise of each timestep. */
  private static final List<String> BETAS =
      List.of("beta_start", "beta_end", "beta_schedule", "trained_betas");

  private static final int MOST_TIMESTEPS = 1_000_000;

  /** The defaults of a class in diffusers. */
  private record Defaults(double betaStart, double betaEnd, BetaSchedule betaSchedule) {
    static Defaults of(String className) {
      return switch (className) {
        case "HeunDiscreteScheduler" -> new Defaults(0.00085, 0.012, BetaSchedule.LINEAR);
        case "LCMScheduler" -> new Defaults(0.00085, 0.012, BetaSchedule.SCALED_LINEAR);
        default -> new Defaults(0.0001, 0.02, BetaSchedule.LINEAR);
      };
    }
  }

  public SchedulerConfig {
    trainedBetas = trainedBetas.map(List::copyOf);
  }

  /**
   * Reads what training needs from the configuration of any scheduler whose noise is given by
   * betas. Settings for drawing are ignored.
   *
   * @throws InvalidInputException naming every value that is missing, wrong or not supported
   */
  public static SchedulerConfig of(JsonNode json) {
    ConfigValues values = new ConfigValues(json);
    String className = values.text("_class_name", "");
    boolean hasBetas = BETAS.stream().anyMatch(key -> values.value(key).isPresent());
    values.require(
        KnownScheduler.named(className).isPresent()
            || (hasBetas && !className.startsWith("FlowMatch")),
        (className.isEmpty()
                ? "Missing _class_name in scheduler_config.json"
                : "Unsupported _class_name in scheduler_config.json: " + className)
            + "; its noise is not given by betas ("
            + String.join(", ", BETAS)
            + "), known are "
            + String.join(", ", KnownScheduler.names())
            + ".");
    values.require(
        hasBetas || values.value("sigma_data").isEmpty(),
        "Unsupported sigma_data in scheduler_config.json: its noise is given by sigmas (EDM), which"
            + " training does not know; it needs "
            + String.join(", ", BETAS)
            + ".");
    values.refuseFlag("use_flow_sigmas", "flow matching has another noise schedule");
    SchedulerConfig config = read(className, values);
    values.check();
    return config;
  }

  /**
   * Reads the values for another class, as diffusers' {@code from_config}. Names are not checked.
   */
  public static SchedulerConfig read(String className, ConfigValues values) {
    Optional<List<Float>> trainedBetas = trainedBetas(values);
    int trainTimesteps =
        values.integer("num_train_timesteps", trainedBetas.map(List::size).orElse(1000));
    values.require(
        trainTimesteps > 1 && trainTimesteps <= MOST_TIMESTEPS,
        "Invalid num_train_timesteps in scheduler_config.json: "
            + trainTimesteps
            + "; expected an integer from 2 to "
            + MOST_TIMESTEPS
            + ".");
    trainedBetas.ifPresent(
        betas ->
            values.require(
                betas.size() == trainTimesteps,
                "Invalid trained_betas in scheduler_config.json: "
                    + betas.size()
                    + " values for num_train_timesteps "
                    + trainTimesteps
                    + "."));
    Defaults defaults = Defaults.of(className);
    return new SchedulerConfig(
        className,
        trainTimesteps,
        beta("beta_start", defaults.betaStart(), values),
        beta("beta_end", defaults.betaEnd(), values),
        values.choice("beta_schedule", defaults.betaSchedule()),
        trainedBetas,
        values.flag("rescale_betas_zero_snr", false),
        values.choice("prediction_type", PredictionType.EPSILON));
  }

  private static double beta(String key, double fallback, ConfigValues values) {
    double beta = values.number(key, fallback);
    values.require(
        (float) beta > 0 && (float) beta < 1,
        "Invalid "
            + key
            + " in scheduler_config.json: "
            + beta
            + "; expected a number above 0 and below 1.");
    return beta;
  }

  /** The same configuration with betas that are rescaled to end in pure noise, or not. */
  public SchedulerConfig withRescaling(boolean rescaled) {
    return new SchedulerConfig(
        className,
        trainTimesteps,
        betaStart,
        betaEnd,
        betaSchedule,
        trainedBetas,
        rescaled,
        predictionType);
  }

  private static Optional<List<Float>> trainedBetas(ConfigValues values) {
    Optional<JsonNode> betas = values.value("trained_betas");
    if (betas.isEmpty()) {
      return Optional.empty();
    }
    List<Float> read = betas.get().valueStream().map(beta -> (float) beta.asDouble()).toList();
    values.require(
        !read.isEmpty() && betas.get().valueStream().allMatch(JsonNode::isNumber),
        "Invalid trained_betas in scheduler_config.json: expected a list of numbers.");
    read.stream()
        .filter(beta -> !(beta >= 0 && beta <= 1))
        .findFirst()
        .ifPresent(
            beta ->
                values.require(
                    false,
                    "Invalid trained_betas in scheduler_config.json: "
                        + beta
                        + "; expected numbers from 0 to 1."));
    return Optional.of(read);
  }
}
