package org.sparklora.schedulers;

import com.fasterxml.jackson.databind.JsonNode;
import org.sparklora.InvalidInputException;

/**
 * Sampling runs from a {@code scheduler_config.json}. A scheduler may be made from another's
 * configuration, as with diffusers' {@code from_config}: it takes the values it knows, ignores the
 * others, and has its own defaults for what is missing.
 */
public final class Schedulers {
  private Schedulers() {}

  /** A run of the scheduler that {@code _class_name} names. */
  public static Scheduler of(JsonNode config, int steps) {
    return of(config.path("_class_name").asText(), config, steps);
  }

  /**
   * A run of {@code className}, whatever the configuration's own class.
   *
   * @param className the class in diffusers
   * @param steps sampling steps, at least 1
   * @throws InvalidInputException if the scheduler, a value or the number of steps is not supported
   */
  public static Scheduler of(String className, JsonNode config, int steps) {
    if (steps < 1) {
      throw InvalidInputException.configuration(
          "Invalid number of sampling steps: " + steps + "; at least 1 is needed.");
    }
    KnownScheduler known =
        KnownScheduler.named(className).orElseThrow(() -> unsupported(className));
    return switch (known) {
      case DDPM -> new DdpmScheduler(config, steps);
      case DDIM -> new DdimScheduler(config, steps);
      case PNDM -> new PndmScheduler(config, steps);
      case DPM_SOLVER_MULTISTEP -> new DpmSolverMultistepScheduler(config, steps);
      case EULER_DISCRETE -> new EulerDiscreteScheduler(config, steps);
      case EULER_ANCESTRAL_DISCRETE -> new EulerAncestralDiscreteScheduler(config, steps);
      case UNI_PC_MULTISTEP -> new UniPcMultistepScheduler(config, steps);
      case HEUN_DISCRETE -> new HeunDiscreteScheduler(config, steps);
      case LMS_DISCRETE -> new LmsDiscreteScheduler(config, steps);
      case LCM -> new LcmScheduler(config, steps);
    };
  }

  private static InvalidInputException unsupported(String className) {
    return InvalidInputException.configuration(
        "Unsupported scheduler for sampling: "
            + className
            + "; use one of "
            + KnownScheduler.names()
            + ".");
  }
}
