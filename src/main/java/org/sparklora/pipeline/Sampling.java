package org.sparklora.pipeline;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sparklora.model.ModelFamily;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.StartingPoint;
import org.sparklora.schedulers.Scheduler;
import org.sparklora.schedulers.Schedulers;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.InvalidInputException.Kind;

/**
 * One run of a scheduler.
 *
 * @param firstStep index of the first timestep: 0, except for image to image
 */
record Sampling(Scheduler scheduler, int firstStep) {
  private static final String FILE = " in scheduler_config.json";
  private static final String FLAG = " in --scheduler_config";

  /**
   * Makes the scheduler.
   *
   * @param base the base model's {@code scheduler_config.json}
   * @param family of the base model
   * @param start of the picture; an initial image's strength cuts off the first steps, as in
   *     diffusers' {@code get_timesteps}
   * @throws InvalidInputException for a scheduler, an option or a number of steps that is not
   *     supported
   */
  static Sampling of(SamplingConfig given, JsonNode base, ModelFamily family, StartingPoint start) {
    SamplingConfig config = given.withScheduler(schedulerName(given, base, family));
    Scheduler scheduler = scheduler(config, base, family);
    if (!(start instanceof InitialImage image)) {
      return new Sampling(scheduler, 0);
    }
    int steps = config.numInferenceSteps();
    int kept = Math.min((int) (steps * image.strength()), steps);
    int first = (steps - kept) * scheduler.order();
    if (first >= scheduler.timesteps().length) {
      throw InvalidInputException.configuration(
          "Invalid --strength: "
              + image.strength()
              + "; of "
              + steps
              + " steps none is left; use a greater strength or more steps");
    }
    scheduler.startAt(first);
    return new Sampling(scheduler, first);
  }

  /**
   * Returns the scheduler that the user chose. The default is that of an SDXL model's file, and
   * otherwise the program's own.
   */
  static String schedulerName(SamplingConfig config, JsonNode base, ModelFamily family) {
    String own = base.path("_class_name").asText();
    if (!config.scheduler().isEmpty()) {
      return config.scheduler();
    }
    return family == ModelFamily.STABLE_DIFFUSION_XL && !own.isEmpty()
        ? own
        : SamplingConfig.DEFAULT_SCHEDULER;
  }

  private static Scheduler scheduler(SamplingConfig config, JsonNode base, ModelFamily family) {
    Set<String> asked = config.schedulerOptions().keySet();
    try {
      return Schedulers.of(
          config.scheduler(), options(config, base, family), asked, config.numInferenceSteps());
    } catch (InvalidInputException e) {
      throw blamed(e, asked);
    }
  }

  /**
   * Rewords a problem with a value that the user set, so that it names the flag and not the base
   * model's file.
   */
  private static InvalidInputException blamed(InvalidInputException e, Set<String> asked) {
    List<String> problems = new ArrayList<>();
    for (String problem : e.problems()) {
      String told = problem;
      for (String key : asked) {
        told = told.replace(" " + key + FILE, " " + key + FLAG);
      }
      problems.add(told);
    }
    boolean flag = problems.stream().anyMatch(problem -> problem.contains(FLAG));
    return flag ? new InvalidInputException(Kind.CONFIGURATION, problems) : e;
  }

  /**
   * Returns the scheduler's options. For SDXL the base model's file is used without corrections, as
   * in diffusers' pipelines.
   */
  private static JsonNode options(SamplingConfig config, JsonNode base, ModelFamily family) {
    ObjectNode options =
        family == ModelFamily.STABLE_DIFFUSION_XL
            ? base.deepCopy()
            : BaseScheduler.corrected(base, config.scheduler());
    config
        .schedulerOptions()
        .forEach(
            (key, value) -> {
              try {
                options.set(key, JSON.readTree(value));
              } catch (JsonProcessingException e) {
                options.put(key, value);
              }
            });
    return options;
  }
}
