package org.sparklora.train.step;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * How parts of the adapter are trained otherwise than by {@code --learning_rate}.
 *
 * @param textEncoder {@code --text_encoder_lr}, the rate of the text encoder's LoRA
 * @param pattern {@code --lr_pattern}: factors on the rate of modules, by the rule of {@code
 *     --rank_pattern}
 * @param inversion pivotal tuning's first part
 */
public record PartRates(
    OptionalDouble textEncoder, Map<String, Double> pattern, Optional<Inversion> inversion) {
  /** One rate for all. */
  public static final PartRates ALIKE =
      new PartRates(OptionalDouble.empty(), Map.of(), Optional.empty());

  /**
   * New tokens are learned before LoRA is trained.
   *
   * @param steps how long, from the run's first step
   * @param learningRate of the tokens until then
   * @param tuningRate of the tokens from then on; empty where they stay as they are
   */
  public record Inversion(long steps, double learningRate, OptionalDouble tuningRate) {}

  public PartRates {
    pattern = new LinkedHashMap<>(pattern);
  }

  /** The step from which LoRA is trained; before it, it is not on the networks. */
  public long modulesFrom() {
    return inversion.map(Inversion::steps).orElse(0L);
  }

  /** What must be the same for a run to go on, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    textEncoder.ifPresent(rate -> recipe.put("text_encoder_lr", String.valueOf(rate)));
    if (!pattern.isEmpty()) {
      recipe.put("lr_pattern", pattern.toString());
    }
    inversion.ifPresent(
        first -> {
          recipe.put("inversion steps", String.valueOf(first.steps()));
          recipe.put("inversion learning rate", String.valueOf(first.learningRate()));
          first
              .tuningRate()
              .ifPresent(rate -> recipe.put("continued inversion's rate", String.valueOf(rate)));
        });
    return recipe;
  }
}
