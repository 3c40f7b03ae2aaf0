package org.sparklora.train.optimizer;

import java.util.Map;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) in fp32, rounding where {@code
 * torch.optim.AdamW} rounds: moments and parameters in fp32, step size and bias corrections in
 * double.
 */
final class AdamW implements UpdateRule {
  static final String FIRST_MOMENT = "exp_avg";
  static final String SECOND_MOMENT = "exp_avg_sq";

  private final UpdateRuleConfig.AdamW config;
  private final float[] firstMoment;
  private final float[] secondMoment;

  /** Continues from a saved state. */
  AdamW(UpdateRuleConfig.AdamW config, UpdateRuleState state, int parameters) {
    this.config = config;
    this.firstMoment = state.floats(FIRST_MOMENT, parameters);
    this.secondMoment = state.floats(SECOND_MOMENT, parameters);
  }

  static UpdateRuleState initial(int parameters) {
    return UpdateRuleState.of(
        Map.of(FIRST_MOMENT, new float[parameters], SECOND_MOMENT, new float[parameters]));
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    AdamWStep step = AdamWStep.of(config, learningRate, number);
    float[] updated = new float[parameters.length];
    Chunks.forEach(
        updated.length,
        (from, to) ->
            step.apply(parameters, gradient, updated, from, to, firstMoment, secondMoment));
    return new Update(updated, learningRate);
  }

  @Override
  public UpdateRuleState state() {
    return UpdateRuleState.of(
        Map.of(FIRST_MOMENT, firstMoment.clone(), SECOND_MOMENT, secondMoment.clone()));
  }
}
