package org.sparklora.train.step;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;

/**
 * Learning rates and weight decays of parts of the adapter that differ from {@code --learning_rate}
 * and {@code --adam_weight_decay}.
 *
 * @param loraPlus Hayou et al. 2024, arXiv 2402.12354
 * @param inversion first part of pivotal tuning; empty for other training
 */
public record PartRates(
    @Flag(
            names = "--text_encoder_lr",
            label = "LR",
            help =
                "Learning rate of the text encoder's adapter before the schedule (default:"
                    + " --learning_rate; for dreambooth with SDXL 5e-6).")
        @RealNumber(min = 0, max = 1000, aboveMin = true)
        @InRecipe
        OptionalDouble textEncoder,
    @Flag(
            names = "--adam_weight_decay_text_encoder",
            label = "X",
            help =
                "Decoupled weight decay of the text encoder's adapter (default:"
                    + " --adam_weight_decay; for dreambooth with SDXL 1e-3).")
        @RealNumber(min = 0, max = 1000)
        @InRecipe
        OptionalDouble textEncoderDecay,
    @Flag(
            names = "--lr_pattern",
            label = "PATTERN=FACTOR",
            help =
                "Factors on the learning rate of layers, such as up_blocks.*=0.5. Patterns work as"
                    + " in --rank_pattern.")
        @InRecipe
        Map<String, Double> pattern,
    @Flag(
            names = "--stop_text_encoder_training",
            label = "N",
            help =
                "The step from which the text encoder's adapter stays as it is; below 1 the part of"
                    + " the run's steps (default: never).")
        @RealNumber(min = 0, max = 1_000_000_000, aboveMin = true)
        OptionalDouble stopTextEncoder,
    @Flag(
            names = "--loraplus_lr_ratio",
            label = "X",
            help =
                "Factor on the learning rate of every B (LoRA+); 4 to 16 are usual (default:"
                    + " ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        @InRecipe
        double loraPlus,
    Optional<Inversion> inversion) {
  /** One rate for all. */
  public static final PartRates ALIKE =
      new PartRates(OptionalDouble.empty(), Map.of(), Optional.empty());

  /** The text encoder is trained to the end. */
  public PartRates(
      OptionalDouble textEncoder, Map<String, Double> pattern, Optional<Inversion> inversion) {
    this(textEncoder, OptionalDouble.empty(), pattern, OptionalDouble.empty(), 1, inversion);
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

  /** The same rates with another's rate, decay and end of the text encoder's LoRA. */
  public PartRates withTextEncoderOf(PartRates other) {
    return new PartRates(
        other.textEncoder,
        other.textEncoderDecay,
        pattern,
        other.stopTextEncoder,
        loraPlus,
        inversion);
  }

  /** The same with another rate and decay of the text encoder's LoRA. */
  public PartRates withTextEncoder(OptionalDouble rate, OptionalDouble decay) {
    return new PartRates(rate, decay, pattern, stopTextEncoder, loraPlus, inversion);
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
    Map<String, String> recipe = FlagRecipe.of(this, ALIKE);
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
