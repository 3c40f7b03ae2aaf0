package org.sparklora.schedulers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.KnownScheduler;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;

/**
 * Sampling runs from a {@code scheduler_config.json}. A scheduler may be made from another's
 * configuration, as with diffusers' {@code from_config}: it takes the values that it knows, ignores
 * the others, and uses its own defaults for missing ones.
 */
public final class Schedulers {
  private Schedulers() {}

  /**
   * A run of {@code className}, whatever the configuration's own class.
   *
   * @param className the class in diffusers
   * @param steps sampling steps, at least 1
   * @throws InvalidInputException if the scheduler, a value or the number of steps is not supported
   */
  public static Scheduler of(String className, JsonNode config, int steps) {
    return of(className, config, Set.of(), steps);
  }

  /**
   * Makes a run from a configuration in which the user set some values. A value of the user's that
   * the scheduler does not know is refused; other unknown values are ignored.
   *
   * @param asked keys of {@code config}
   */
  public static Scheduler of(String className, JsonNode config, Set<String> asked, int steps) {
    if (steps < 1) {
      throw InvalidInputException.configuration(
          "Invalid number of sampling steps: " + steps + "; at least 1 is needed.");
    }
    KnownScheduler known =
        KnownScheduler.named(className).orElseThrow(() -> unsupported(className));
    ConfigValues options = new ConfigValues(withoutDefaults(config));
    Scheduler scheduler = make(known, options, steps);
    requireKnown(className, asked, options.known());
    return scheduler;
  }

  private static Scheduler make(KnownScheduler known, ConfigValues options, int steps) {
    return switch (known) {
      case DDPM -> new DdpmScheduler(options, steps);
      case DDIM -> new DdimScheduler(options, steps);
      case PNDM -> new PndmScheduler(options, steps);
      case DPM_SOLVER_MULTISTEP -> new DpmSolverMultistepScheduler(options, steps);
      case EULER_DISCRETE -> new EulerDiscreteScheduler(options, steps);
      case EULER_ANCESTRAL_DISCRETE -> new EulerAncestralDiscreteScheduler(options, steps);
      case UNI_PC_MULTISTEP -> new UniPcMultistepScheduler(options, steps);
      case HEUN_DISCRETE -> new HeunDiscreteScheduler(options, steps);
      case LMS_DISCRETE -> new LmsDiscreteScheduler(options, steps);
      case LCM -> new LcmScheduler(options, steps);
    };
  }

  /**
   * The configuration without values that are only another class's defaults. diffusers lists these
   * in a loaded scheduler's configuration, and {@code from_config} uses the new class's defaults
   * instead.
   */
  private static JsonNode withoutDefaults(JsonNode config) {
    JsonNode defaults = config.path("_use_default_values");
    if (!config.isObject() || defaults.isEmpty()) {
      return config;
    }
    ObjectNode chosen = config.deepCopy();
    defaults.forEach(key -> chosen.remove(key.asText()));
    return chosen;
  }

  private static void requireKnown(String className, Set<String> asked, List<String> known) {
    List<String> problems =
        asked.stream()
            .filter(key -> !known.contains(key))
            .sorted()
            .map(
                key ->
                    String.format(
                        Locale.ROOT,
                        "Unsupported %s in scheduler_config.json: %s has no such value%s",
                        key,
                        className,
                        didYouMean(key, known)))
            .toList();
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
  }

  private static InvalidInputException unsupported(String className) {
    return InvalidInputException.configuration(
        "Unsupported scheduler for sampling: "
            + className
            + "; use one of "
            + String.join(", ", KnownScheduler.names())
            + didYouMean(className, KnownScheduler.names()));
  }

  private static String didYouMean(String wanted, List<String> known) {
    return NearestName.likely(wanted, known).map(name -> "; did you mean " + name + "?").orElse("");
  }
}
