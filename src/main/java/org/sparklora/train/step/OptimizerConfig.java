package org.sparklora.train.step;

import java.util.Map;
import java.util.Optional;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;

/**
 * Update rule, gradient clipping and average, in diffusers' flags.
 *
 * @param learningRate before the schedule
 * @param maxGradNorm infinity does not clip
 * @param rule {@code --optimizer} and its numbers
 * @param ema {@code --use_ema} and its numbers; empty without an average
 */
public record OptimizerConfig(
    @Flag(
            names = "--learning_rate",
            label = "LR",
            help =
                "Learning rate before the schedule (default: 1e-4; for dreambooth 5e-4; with"
                    + " the prodigy rules 1).",
            unset = true)
        @RealNumber(min = 0, max = 1000, aboveMin = true)
        @InRecipe(always = true)
        double learningRate,
    @Flag(
            names = "--max_grad_norm",
            label = "X",
            help = "Largest global L2 norm of the gradient (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1e6, aboveMin = true, orInfinity = true)
        @InRecipe(always = true)
        double maxGradNorm,
    UpdateRuleConfig rule,
    Optional<EmaConfig> ema,
    @Flag(
            names = "--scale_weight_norms",
            label = "X",
            help =
                "After each update, scale the update of a layer down to this norm; 1 is usual"
                    + " (default: no limit).")
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        @InRecipe
        Optional<Double> weightNorm) {
  /** Makes a configuration without a limit on the norms of layers' updates. */
  public OptimizerConfig(
      double learningRate, double maxGradNorm, UpdateRuleConfig rule, Optional<EmaConfig> ema) {
    this(learningRate, maxGradNorm, rule, ema, Optional.empty());
  }

  /** AdamW without an average. */
  public OptimizerConfig(
      double learningRate,
      double adamBeta1,
      double adamBeta2,
      double adamWeightDecay,
      double adamEpsilon,
      double maxGradNorm) {
    this(
        learningRate,
        maxGradNorm,
        new UpdateRuleConfig.AdamW(adamBeta1, adamBeta2, adamWeightDecay, adamEpsilon),
        Optional.empty());
  }

  /**
   * AdamW and the usual limit on gradients.
   *
   * @param learningRate the command's default
   */
  public static OptimizerConfig usual(double learningRate) {
    return new OptimizerConfig(learningRate, 1, UpdateRuleConfig.AdamW.USUAL, Optional.empty());
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = FlagRecipe.of(this, usual(learningRate));
    recipe.putAll(rule.recipe());
    ema.ifPresent(average -> recipe.putAll(average.recipe()));
    return recipe;
  }

  /** The same with another {@code --learning_rate}. */
  public OptimizerConfig with(double otherLearningRate) {
    return new OptimizerConfig(otherLearningRate, maxGradNorm, rule, ema, weightNorm);
  }
}
