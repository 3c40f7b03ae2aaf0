package org.sparklora.train.optimizer;

import java.util.Map;

/**
 * Lion (Chen et al. 2023, arXiv 2302.06675, program 1): every value moves by the learning rate in
 * the direction of a mean of momentum and gradient. One running mean is kept. It equals {@code
 * lion_pytorch.Lion}.
 */
final class Lion implements UpdateRule {
  private static final String MOMENTUM = "exp_avg";

  private final UpdateRuleConfig.Lion config;
  private final float[] momentum;

  Lion(UpdateRuleConfig.Lion config, UpdateRuleState state, int parameters) {
    this.config = config;
    this.momentum = state.floats(MOMENTUM, parameters);
  }

  static UpdateRuleState initial(int parameters) {
    return UpdateRuleState.of(Map.of(MOMENTUM, new float[parameters]));
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    float keep = (float) (1 - learningRate * config.weightDecay());
    float beta1 = (float) config.beta1();
    float weight1 = (float) (1 - config.beta1());
    float beta2 = (float) config.beta2();
    float weight2 = (float) (1 - config.beta2());
    float step = (float) learningRate;
    float[] updated = new float[parameters.length];
    Chunks.forEach(
        updated.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            float direction = Math.signum(momentum[i] * beta1 + weight1 * gradient[i]);
            updated[i] = parameters[i] * keep - step * direction;
            momentum[i] = momentum[i] * beta2 + weight2 * gradient[i];
          }
        });
    return new Update(updated, learningRate);
  }

  @Override
  public UpdateRuleState state() {
    return UpdateRuleState.of(Map.of(MOMENTUM, momentum.clone()));
  }
}
