package org.sparklora.train.step;

import java.util.Optional;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;

/**
 * Update rule, gradient clipping and average, in diffusers' flags.
 *
 * @param learningRate {@code --learning_rate}, before the schedule
 * @param maxGradNorm {@code --max_grad_norm}, the largest global L2 norm; infinity does not clip
 * @param rule {@code --optimizer} and its numbers
 * @param ema {@code --use_ema} and its numbers; empty without an average
 * @param weightNorm {@code --scale_weight_norms}, the largest norm of a layer's update; empty for
 *     none
 */
public record OptimizerConfig(
    double learningRate,
    double maxGradNorm,
    UpdateRuleConfig rule,
    Optional<EmaConfig> ema,
    Optional<Double> weightNorm) {
  /** Layers' updates of any norm. */
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

  /** The same with another {@code --learning_rate}. */
  public OptimizerConfig with(double otherLearningRate) {
    return new OptimizerConfig(otherLearningRate, maxGradNorm, rule, ema, weightNorm);
  }
}
