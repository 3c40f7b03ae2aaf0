package org.sparklora.schedulers.noise;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.sparklora.util.InvalidInputException;

/** The meaning of the UNet's output; names as in diffusers' {@code prediction_type}. */
public enum PredictionType {
  EPSILON,
  V_PREDICTION,
  SAMPLE;

  /**
   * The type of a name in diffusers.
   *
   * @throws InvalidInputException if there is none
   */
  public static PredictionType of(String name) {
    return Arrays.stream(values())
        .filter(type -> type.diffusersName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                InvalidInputException.configuration(
                    "Unsupported prediction_type: " + name + "; use one of " + names() + "."));
  }

  /** The name in {@code scheduler_config.json} and {@code --prediction_type}. */
  public String diffusersName() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static String names() {
    return Arrays.stream(values())
        .map(PredictionType::diffusersName)
        .collect(Collectors.joining(", "));
  }
}
