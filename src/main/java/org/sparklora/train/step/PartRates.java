package org.sparklora.train.step;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Learning rates of parts of the adapter that differ from {@code --learning_rate}.
 *
 * @param textEncoder {@code --text_encoder_lr}, the rate of the text encoder's LoRA
 * @param pattern {@code --lr_pattern}: factors on the rate of modules; patterns work as in {@code
 *     --rank_pattern}
 * @param stopTextEncoder {@code --stop_text_encoder_training}: the step from which the text
 *     encoder's LoRA stays as it is, or below 1 the part of the run's steps; empty for never
 * @param loraPlus {@code --loraplus_lr_ratio}: the factor on the rate of every B (LoRA+, Hayou et
 *     al. 2024, arXiv 2402.12354)
 * @param inversion first part of pivotal tuning; empty for other training
 */
public record PartRates(
    OptionalDouble textEncoder,
    Map<String, Double> pattern,
    OptionalDouble stopTextEncoder,
    double loraPlus,
    Optional<Inversion> inversion) {
  /** One rate for all. */
  public static final PartRates ALIKE =
      new PartRates(OptionalDouble.empty(), Map.of(), Optional.empty());

  /** The text encoder is trained to the end. */
  public PartRates(
      OptionalDouble textEncoder, Map<String, Double> pattern, Optional<Inversion> inversion) {
    this(textEncoder, pattern, OptionalDouble.empty(), 1, inversion);
  }

  /**
   * A first part of the run in which only new tokens are learned.
   *
   * @param steps of this part
   * @param learningRate of the tokens in this part
   * @param tuningRate of the tokens after it; empty if they then stay as they are
   */
  public record Inversion(long steps, double learningRate, OptionalDouble tuningRate) {}

  public PartRates {
    pattern = new LinkedHashMap<>(pattern);
  }

  /** The first step in which LoRA is trained. Before it LoRA is not on the networks. */
  public long modulesFrom() {
    return inversion.map(Inversion::steps).orElse(0L);
  }

  /**
   * The first step in which the text encoder's LoRA is not trained any more.
   *
   * @param steps of the run
   */
  public OptionalLong textEncoderEnd(long steps) {
    if (stopTextEncoder.isEmpty()) {
      return OptionalLong.empty();
    }
    double end = stopTextEncoder.getAsDouble();
    return OptionalLong.of(Math.max(1, (long) (end < 1 ? end * steps : end)));
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    textEncoder.ifPresent(rate -> recipe.put("text_encoder_lr", String.valueOf(rate)));
    if (loraPlus != 1) {
      recipe.put("loraplus_lr_ratio", String.valueOf(loraPlus));
    }
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
